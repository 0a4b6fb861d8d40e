package receive

import (
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// freshEvery is how often files are looked at, at most.
const freshEvery = time.Second

// fresh is a value read from files. It is read anew when they have changed; what cannot be read
// leaves what was before in force.
type fresh[T any] struct {
	what  string
	files []string
	read  func() (T, error)
	every time.Duration

	mu     sync.Mutex
	value  T
	of     []fileState
	looked time.Time
	told   string
}

// fileState tells whether a file has changed.
type fileState struct {
	changed time.Time
	size    int64
}

// newFresh reads a value for the first time.
func newFresh[T any](what string, read func() (T, error), files ...string) (*fresh[T], error) {
	f := &fresh[T]{what: what, files: files, read: read, every: freshEvery, looked: time.Now()}
	f.of = f.states()
	var err error
	f.value, err = read()
	return f, err
}

func (f *fresh[T]) states() []fileState {
	states := make([]fileState, len(f.files))
	for i, name := range f.files {
		if info, err := os.Stat(name); err == nil {
			states[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return states
}

// get gives the value as the files have it by now.
func (f *fresh[T]) get() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < f.every {
		return f.value
	}
	f.looked = time.Now()
	now := f.states()
	if slices.Equal(now, f.of) {
		return f.value
	}
	value, err := f.read()
	if err != nil { // it may be half written: it is read again at the next look
		if err.Error() != f.told {
			f.told = err.Error()
			slog.Warn("what has changed cannot be used; what was before stays in force", "of", f.what, "error", err)
		}
		return f.value
	}
	f.value, f.of, f.told = value, now, ""
	slog.Info("read anew", "of", f.what)
	return f.value
}
