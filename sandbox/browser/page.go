package browser

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"
)

const (
	// lookEvery is the pause between two looks at a page that does not show yet what is awaited:
	// each costs the browser a picture of the whole document.
	lookEvery = 400 * time.Millisecond
	// reloadEvery is how long it may fail to show it before it is loaded again.
	reloadEvery = 45 * time.Second
)

// View is how a page is looked at.
type View struct {
	Width, Height int
	// Storage is what the page finds in its local storage: settings that somebody has made there.
	Storage map[string]string
}

// Page is a page that is open.
type Page struct {
	browser *Browser
	session string
}

// Open opens a page.
func (b *Browser) Open(ctx context.Context, address string, view View) (*Page, error) {
	var target struct {
		ID string `json:"targetId"`
	}
	if err := b.wire.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var attached struct {
		Session string `json:"sessionId"`
	}
	if err := b.wire.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true}, &attached); err != nil {
		return nil, err
	}
	p := &Page{browser: b, session: attached.Session}
	script := ""
	for name, value := range view.Storage {
		script += fmt.Sprintf("localStorage.setItem(%q, %q);", name, value)
	}
	for _, step := range []struct {
		method string
		params map[string]any
	}{
		{"Page.enable", nil},
		{"Emulation.setDeviceMetricsOverride", map[string]any{"width": view.Width, "height": view.Height, "deviceScaleFactor": 1, "mobile": false}},
		{"Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": script}},
		{"Page.navigate", map[string]any{"url": address}},
	} {
		if err := p.call(ctx, step.method, step.params, nil); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *Page) call(ctx context.Context, method string, params map[string]any, result any) error {
	if params == nil {
		params = map[string]any{}
	}
	return p.browser.wire.call(ctx, p.session, method, params, result)
}

// Text is what the page shows, its frames included: Temporal's UI shows Markdown in frames.
func (p *Page) Text(ctx context.Context) (string, error) {
	var taken struct {
		Documents []struct {
			Layout struct {
				Text []int `json:"text"`
			} `json:"layout"`
		} `json:"documents"`
		Strings []string `json:"strings"`
	}
	if err := p.call(ctx, "DOMSnapshot.captureSnapshot", map[string]any{"computedStyles": []string{}}, &taken); err != nil {
		return "", err
	}
	var text strings.Builder
	for _, document := range taken.Documents {
		for _, at := range document.Layout.Text {
			if at >= 0 {
				text.WriteString(taken.Strings[at] + "\n")
			}
		}
	}
	return text.String(), nil
}

// Await waits until the page shows all of the texts, and returns what it shows then. A page that
// does not is loaded again from time to time: what it asks for may have come to nothing.
func (p *Page) Await(ctx context.Context, texts ...string) (string, error) {
	again, last := time.NewTicker(reloadEvery), ""
	defer again.Stop()
	for {
		shown, err := p.Text(ctx)
		if err != nil && ctx.Err() == nil {
			return "", err
		}
		if err == nil {
			last = shown
		}
		missing := ""
		for _, text := range texts {
			if !strings.Contains(flat(shown), flat(text)) {
				missing = text
			}
		}
		if missing == "" && err == nil {
			return shown, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("browser: the page does not show %q, it shows:\n%s", missing, last)
		case <-again.C:
			if err := p.call(ctx, "Page.reload", nil, nil); err != nil && ctx.Err() == nil {
				return "", err
			}
		case <-time.After(lookEvery):
		}
	}
}

// flat is a text without what depends on where its lines end.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// Screenshot gives a picture of the page, as PNG.
func (p *Page) Screenshot(ctx context.Context) ([]byte, error) {
	var taken struct {
		Data []byte `json:"data"` // base64, as encoding/json reads bytes
	}
	err := p.call(ctx, "Page.captureScreenshot", map[string]any{"format": "png"}, &taken)
	return taken.Data, err
}

// Save writes a picture of the page into a file.
func (p *Page) Save(ctx context.Context, file string) error {
	picture, err := p.Screenshot(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(file, picture, 0o644)
}

// Close closes the page.
func (p *Page) Close(ctx context.Context) error { return p.call(ctx, "Page.close", nil, nil) }
