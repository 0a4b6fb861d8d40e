package activities

import (
	"context"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"
)

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
	beating, _ := ctx.Value(pulseKey{}).(*pulse)
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
	if beating, _ := ctx.Value(pulseKey{}).(*pulse); beating != nil {
		if p := beating.last.Load(); p != nil && !p.Until.IsZero() {
			beating.last.Store(nil)
		}
	}
}
