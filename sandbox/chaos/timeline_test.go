package chaos

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// timeline is what happened, in order, and what of it should not have.
type timeline struct {
	start time.Time
	file  io.Writer // which it is written to as it happens

	mu    sync.Mutex
	lines []string
	wrong []string
}

func newTimeline(file io.Writer) *timeline { return &timeline{start: time.Now(), file: file} }

// note adds a line.
func (l *timeline) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(l.stamped(format, args...))
}

// fault adds a line about something that must not happen: the test fails for it.
func (l *timeline) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.stamped(format, args...)
	l.add("WRONG " + line)
	l.wrong = append(l.wrong, line)
}

func (l *timeline) add(line string) {
	l.lines = append(l.lines, line)
	fmt.Fprintln(l.file, line)
}

func (l *timeline) stamped(format string, args ...any) string {
	return fmt.Sprintf("%8.3f  ", time.Since(l.start).Seconds()) + fmt.Sprintf(format, args...)
}

// faults are what should not have happened.
func (l *timeline) faults() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.wrong...)
}

func (l *timeline) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}
