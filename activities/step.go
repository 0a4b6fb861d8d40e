package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/dynamics"
)

// perform is what every activity does around its work: it asks whether the destination may be
// called (gate; nil: it is not called), sends heartbeats, and turns the error into Temporal's, once
// and here.
func perform[In, Out any](
	ctx context.Context, gate func(context.Context) error, in In, work func(context.Context, In) (Out, error),
) (Out, error) {
	beating := &pulse{began: time.Now()}
	ctx = context.WithValue(ctx, pulseKey{}, beating)
	defer beat(ctx, beating)()
	var out Out
	var err error
	if gate != nil {
		err = gate(ctx)
	}
	if err == nil {
		out, err = work(ctx, in)
	}
	err = translate(lookAgain(activity.GetInfo(ctx).Attempt, err))
	tellFailure(ctx, err)
	return out, err
}

// progress is what a long step tells by heartbeat: counts only.
type progress = StepProgress

// StepProgress is what the heartbeats of a long step say: the records, or contacts, that are done
// with, of all as far as known, or how long it waits.
type StepProgress struct {
	Done int64 `json:"done"`
	Of   int64 `json:"of,omitempty"`
	// Until is when the step goes on that waits for rows whose fate is not known; zero: it does not.
	Until time.Time `json:"until,omitzero"`
}

// beatEvery is how often a step says that it is alive, and so how soon it hears of a pause or a
// cancellation.
const beatEvery = time.Second

// beat sends heartbeats until the returned function is called.
func beat(ctx context.Context, beating *pulse) func() {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(beatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				if p := beating.last.Load(); p != nil {
					activity.RecordHeartbeat(ctx, *p)
				} else {
					activity.RecordHeartbeat(ctx)
				}
			}
		}
	}()
	return func() { close(stop); <-stopped }
}

// usualPriority is the priority of a Temporal step that was given none; a lower number is more
// urgent.
const usualPriority = 3

// asCaller says on whose behalf requests are made: with what priority is what Temporal begins the
// step by, too.
func asCaller(ctx context.Context, who string) context.Context {
	key := activity.GetInfo(ctx).Priority.PriorityKey
	if key == 0 {
		key = usualPriority
	}
	return dynamics.WithFlow(ctx, who, usualPriority-key)
}

// sleep waits, or returns the cause that ended ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
