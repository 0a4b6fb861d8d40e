package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"audienceflow/dynamics"
)

const (
	// checkPatience is how long a check waits for what may pass by itself: somebody is waiting for its answer.
	checkPatience = 30 * time.Second
	// checkPause bounds the wait between two tries.
	checkPause = 4 * time.Second
)

// impatient says that what may pass by itself had not passed in time.
type impatient struct {
	error
	after time.Duration
}

func (e *impatient) Error() string { return fmt.Sprintf("%v; gave up after %s", e.error, e.after) }
func (e *impatient) Unwrap() error { return e.error }

// patiently tries again and again while the error may pass by itself, but no longer than within.
func patiently(ctx context.Context, within time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var last error
	for pause := firstLook; ; pause = min(2*pause, checkPause) {
		err := try(ctx)
		var remote *dynamics.Error
		switch {
		case err == nil || !errors.As(err, &remote) || !remote.Temporary():
			return err
		case ctx.Err() == nil:
			last = err
		case last == nil: // it hung
			last = fmt.Errorf("no answer: %w", context.Cause(ctx))
		}
		if sleep(ctx, max(pause, remote.RetryAfter)) != nil {
			return &impatient{last, within}
		}
	}
}
