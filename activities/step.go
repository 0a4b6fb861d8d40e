package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/dynamics"
)

// perform is what every activity does around its work: it asks whether the destination may be called (gate; nil: it is
// not called), sends heartbeats, and turns the error into Temporal's, once and here.
func perform[In, Out any](
	ctx context.Context, gate func(context.Context) error, in In, work func(context.Context, In) (Out, error),
) (Out, error) {
	defer beat(ctx)()
	var out Out
	if gate != nil {
		if err := gate(ctx); err != nil {
			return out, translate(err)
		}
	}
	out, err := work(ctx, in)
	return out, translate(err)
}

// progress is what a long step tells by heartbeat: counts only.
type progress struct {
	Done int64 `json:"done"`
	Of   int64 `json:"of,omitempty"`
}

// beatEvery is how often a step says that it is alive, and so how soon it hears of a pause or a cancellation.
const beatEvery = time.Second

// beat sends heartbeats until the returned function is called.
func beat(ctx context.Context) func() {
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
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return func() { close(stop); <-stopped }
}

// usualPriority is the priority of a Temporal step that was given none; a lower number is more urgent.
const usualPriority = 3

// asCaller says on whose behalf requests are made: with what priority is what Temporal begins the step by, too.
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
