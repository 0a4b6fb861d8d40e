// Package browser looks at web pages with a headless Chromium, for tests and for pictures of
// Temporal's UI. It speaks the browser's own protocol over a pipe: no port is opened, and a page is
// looked at when it shows what is awaited, not after some time.
package browser

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// stopTime is given to a browser that is told to close.
const stopTime = 10 * time.Second

// Find is the path of a headless browser, "" where there is none.
func Find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// Browser is one that runs.
type Browser struct {
	command *exec.Cmd
	wire    *wire
	ended   chan struct{}
}

// Start starts the browser at path; what it keeps goes into the folder.
func Start(path, folder string) (*Browser, error) {
	hears, says, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, speaks, err := os.Pipe()
	if err != nil {
		closeAll(hears, says)
		return nil, err
	}
	b := &Browser{command: exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--lang=en-US",
		"--disable-site-isolation-trials", "--disable-features=IsolateSandboxedIframes", // so that a page's text is that of its frames, too
		"--remote-debugging-pipe", "--user-data-dir="+filepath.Join(folder, "profile")), ended: make(chan struct{})}
	b.command.Env = append(b.command.Environ(), "TZ=UTC")
	b.command.ExtraFiles = []*os.File{hears, speaks} // file descriptors 3 and 4, as the browser expects
	err = b.command.Start()
	closeAll(hears, speaks)
	if err != nil {
		closeAll(says, answers)
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	b.wire = newWire(says, answers)
	go func() {
		defer close(b.ended)
		_ = b.command.Wait() // it is told to close, or killed
		closeAll(says, answers)
	}()
	return b, nil
}

func closeAll(files ...io.Closer) {
	for _, f := range files {
		_ = f.Close() // a pipe of ours
	}
}

// Close ends the browser.
func (b *Browser) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	_ = b.wire.call(ctx, "", "Browser.close", nil, nil) // it may be gone
	select {
	case <-b.ended:
	case <-ctx.Done():
		_ = b.command.Process.Kill()
		<-b.ended
	}
}
