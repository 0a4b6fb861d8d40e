package activities

import (
	"context"
	"fmt"
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

// Waits says that a step waits until a time for rows on which Dynamics may still be at work, and
// why; "" where it does not.
func (p StepProgress) Waits(step string, now time.Time) string {
	if !p.Until.After(now) {
		return ""
	}
	return WaitsText(step, p.Until.In(now.Location()))
}

// WaitsText is how a step waits until a time, for people.
func WaitsText(step string, until time.Time) string {
	return fmt.Sprintf("%s, waiting until %s: a worker stopped, or a connection was cut, while rows were being sent, and until then Dynamics may be "+
		"at work on them. What it holds by then is booked, only the rest is sent", step, until.Format("15:04:05 MST"))
}

// leastTold is the shortest wait that a workflow is told of.
const leastTold = 5 * time.Second

// waitsUntil notes that the step waits for rows of unknown fate: its heartbeats say so from now on,
// and its workflow is told once.
func waitsUntil(ctx context.Context, until time.Time) {
	p := progress{Until: until.UTC()}
	beating := pulseOf(ctx)
	if beating == nil {
		return
	}
	first := beating.last.Load() == nil || beating.last.Load().Until.IsZero()
	beating.last.Store(&p)
	activity.RecordHeartbeat(ctx, p)
	info := activity.GetInfo(ctx)
	now := time.Now()
	if s := hears(ctx, info); first && s != nil && until.Sub(now) >= leastTold && s.once("waits of "+info.WorkflowExecution.RunID, now) {
		s.send(ctx, info, News{Until: p.Until, Since: beating.began.UTC()})
	}
}

// waitsNoMore takes that back.
func waitsNoMore(ctx context.Context) {
	if beating := pulseOf(ctx); beating != nil {
		if p := beating.last.Load(); p != nil && !p.Until.IsZero() {
			beating.last.Store(nil)
		}
	}
}
