//go:build unix

package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

var errNotOurs = errors.New("a server that was given is left alone: " + URLVariable + " is set")

// Kill ends the server as a crash would, all its processes at once.
func (s *Server) Kill() error {
	if s.dir == "" {
		return errNotOurs
	}
	if err := s.signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-s.exited
	return nil
}

// Restart starts a server that was killed, on the same files, and waits until it answers.
func (s *Server) Restart(ctx context.Context) error {
	if s.dir == "" {
		return errNotOurs
	}
	for deadline := time.Now().Add(startTimeout); ; {
		err := s.launch(ctx)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(readyPause) // a process of the killed server may still hold its memory
	}
}

// Freeze stops all processes of the server, as a suspended machine does. The function returned lets
// them go on.
func (s *Server) Freeze() (thaw func() error, err error) {
	if s.dir == "" {
		return nil, errNotOurs
	}
	return func() error { return s.signal(syscall.SIGCONT) }, s.signal(syscall.SIGSTOP)
}

// signal reaches the server and those that it has started; each of them leads a process group of
// its own.
func (s *Server) signal(signal syscall.Signal) error {
	main := s.process.Process.Pid
	if signal != syscall.SIGCONT {
		if err := syscall.Kill(main, syscall.SIGSTOP); err != nil { // it starts no more
			return fmt.Errorf("signal PostgreSQL: %w", err)
		}
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", main))
	for _, text := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(text); err == nil {
			_ = syscall.Kill(pid, signal) // it may have ended meanwhile
		}
	}
	return errors.Join(err, syscall.Kill(main, signal))
}
