package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// versionPauseUntilAnew marks histories in which a pause that is in force gets another time.
const versionPauseUntilAnew = "a pause gets another time"

// setsAnew reports whether an order to pause gives a pause that is in force, until a time, another
// one. One without a time leaves it as it is.
func (o Order) setsAnew(ctx workflow.Context, until time.Time) bool {
	second := func(t time.Time) time.Time { return t.Truncate(time.Second) } // the store keeps less than a signal
	return !o.Until.IsZero() && !second(o.Until).Equal(second(until)) &&
		workflow.GetVersion(ctx, versionPauseUntilAnew, workflow.DefaultVersion, 1) == 1
}

// until gives a pause another time, by who has asked for it, and another reason where there is one.
func (o Order) until(p activities.DestinationPause) activities.DestinationPause {
	p.Until, p.By = o.Until, o.By
	if o.Reason != "" {
		p.Reason = o.Reason
	}
	return p
}

func (c *controller) onPause(ctx workflow.Context, o Order) {
	switch {
	case o.Destination && c.Destination == nil:
		c.stopDestination(ctx, activities.DestinationPause{Reason: o.Reason, By: o.By, Since: o.Since, Until: o.Until})
	case o.Destination:
		if d := *c.Destination; !d.Quiet && o.setsAnew(ctx, d.Until) {
			d = o.until(d)
			c.Destination = &d
			c.changed(ctx)
		}
	case !c.Paused || c.Self:
		c.pause(ctx, o, false)
	case o.setsAnew(ctx, c.PausedUntil):
		p := o.until(activities.DestinationPause{Reason: c.Reason})
		c.Reason, c.By, c.PausedUntil = p.Reason, p.By, p.Until
		c.changed(ctx)
	}
}

// followPause lets a run go on that was paused until a time.
func (c *controller) followPause(ctx workflow.Context) {
	each(ctx, "paused until", func() time.Time {
		if !c.Paused {
			return time.Time{}
		}
		return c.PausedUntil
	}, func(ctx workflow.Context) { c.onResume(ctx, Order{}) })
}
