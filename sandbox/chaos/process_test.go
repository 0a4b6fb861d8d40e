package chaos

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that is killed and stopped, and started again: by whoever killed it, or a
// moment after it ended by itself, as a service manager would. Ending by itself is a fault.
type process struct {
	name, program string
	args          []string
	environment   []string
	folder        string
	timeline      *timeline
	log           *logFile
	busy          sync.Mutex // held by whoever kills or stops it

	mu      sync.Mutex
	command *exec.Cmd
	ended   chan struct{}
	down    bool // by our own doing
}

// restartPause is how long a service manager waits before it starts a program that has ended.
const restartPause = time.Second

func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.launch()
}

// launch starts the program; p.mu is held.
func (p *process) launch() error {
	command, ended, started := exec.Command(p.program, p.args...), make(chan struct{}), make(chan error)
	command.Env, command.Dir, command.Stdout, command.Stderr = p.environment, p.folder, p.log, p.log
	command.SysProcAttr = dieWithParent()
	go func() {
		runtime.LockOSThread() // the kernel takes this thread's end for the parent's
		err := command.Start()
		started <- err
		if err != nil {
			return
		}
		_ = command.Wait() // how it ended is in ProcessState
		close(ended)
		p.gone(command)
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	p.command, p.ended, p.down = command, ended, false
	return nil
}

// gone starts a program again that has ended by itself.
func (p *process) gone(command *exec.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down || p.command != command {
		return
	}
	p.timeline.fault("%s has ended by itself: %v\n%s", p.name, command.ProcessState, p.log.tail())
	time.AfterFunc(restartPause, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down || p.command != command {
			return
		}
		if err := p.launch(); err != nil {
			p.timeline.fault("%v", err)
		}
	})
}

// kill ends it as a crash would, or asks it to end with another signal, and waits until it has
// ended.
func (p *process) kill(signal syscall.Signal) {
	p.mu.Lock()
	p.down = true
	command, ended := p.command, p.ended
	p.mu.Unlock()
	if command == nil {
		return
	}
	_ = command.Process.Signal(signal) // it may have ended
	select {
	case <-ended:
	case <-time.After(patience):
		p.timeline.fault("%s does not end after %s", p.name, signal)
		_ = command.Process.Kill()
		<-ended
	}
}

// freeze stops it for a while, as a suspended machine is.
func (p *process) freeze(length time.Duration) {
	p.stop()
	time.Sleep(length)
	p.wake()
}

func (p *process) stop() { p.signal(syscall.SIGSTOP) }

func (p *process) wake() { p.signal(syscall.SIGCONT) }

func (p *process) signal(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.command != nil {
		_ = p.command.Process.Signal(signal) // it may have ended
	}
}

// logFile keeps what a process prints, over all its starts.
type logFile struct {
	mu   sync.Mutex
	file *os.File
	last []byte
}

// tailBytes is how much of a log is shown.
const tailBytes = 3000

func newLogFile(folder, name string) (*logFile, error) {
	file, err := os.Create(filepath.Join(folder, strings.ReplaceAll(name, " ", "-")+".log"))
	return &logFile{file: file}, err
}

func (f *logFile) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = append(f.last, b...)
	if len(f.last) > 2*tailBytes {
		f.last = append([]byte(nil), f.last[len(f.last)-tailBytes:]...)
	}
	return f.file.Write(b)
}

func (f *logFile) tail() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(f.last)
}

func (f *logFile) contains(text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return bytes.Contains(f.last, []byte(text))
}
