// Package backoff waits for what is not there yet: a step is tried less and less often until it
// succeeds, and whoever waits is told each cause once.
package backoff

import (
	"context"
	"time"
)

// Pauses bound the time between two tries: First after a cause that is new, doubled up to Longest
// while it stays the same.
type Pauses struct{ First, Longest time.Duration }

// Until repeats a step until it succeeds, fails with an error that does not pass by itself, or ctx
// ends, and gives its last error. It tells each cause when it first keeps it waiting.
func (p Pauses) Until(ctx context.Context, step func() error, passing func(error) bool, tell func(cause error)) error {
	told := ""
	for pause := p.First; ; pause = min(2*pause, p.Longest) {
		err := step()
		if err == nil || !passing(err) || ctx.Err() != nil {
			return err
		}
		if told != err.Error() {
			told, pause = err.Error(), p.First
			tell(err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
