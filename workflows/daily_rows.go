package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/runs"
)

// leastWait keeps a run from asking again and again while clocks differ a little.
const leastWait = time.Second

// waitForRows holds the run until the destination's daily budget has room again, or somebody
// approves that it is exceeded. A run that is told to go on by then is not held any more.
func (c *controller) waitForRows(ctx workflow.Context, d runs.DailyRows) {
	if c.Waiting || c.OverBudget {
		return
	}
	until := workflow.Now(ctx).Add(leastWait)
	if d.Until != nil && d.Until.After(until) {
		until = *d.Until
	}
	c.Waiting, c.Until, c.WaitSince = true, until.UTC(), workflow.Now(ctx)
	c.WaitReason = runs.Sprintf("the %s rows that DYNAMICS_DAILY_ROWS allows in 24 hours are used up; %s are still to be sent. "+
		"It goes on by itself at %s. To send them now, over the budget, approve.", d.Limit, d.ToSend, c.Until.Format("2006-01-02 15:04 MST"))
	c.changed(ctx)
}

// followBudget lets the run go on when its budget has room again.
func (c *controller) followBudget(ctx workflow.Context) {
	each(ctx, "daily rows", func() time.Time {
		if !c.Waiting {
			return time.Time{}
		}
		return c.Until
	}, c.endWait)
}

// each does something whenever the time has come that until gives, as long as the run lasts. A zero
// one is none; one that changes meanwhile is waited for anew.
func each(ctx workflow.Context, summary string, until func() time.Time, do func(workflow.Context)) {
	for {
		if err := workflow.Await(ctx, func() bool { return !until().IsZero() }); err != nil {
			return
		}
		at := until()
		timerCtx, cancel := workflow.WithCancel(ctx)
		timer := workflow.NewTimerWithOptions(timerCtx, max(leastWait, at.Sub(workflow.Now(ctx))), workflow.TimerOptions{Summary: summary})
		err := workflow.Await(ctx, func() bool { return timer.IsReady() || !until().Equal(at) })
		cancel()
		if err != nil {
			return
		}
		if until().Equal(at) {
			do(ctx)
		}
	}
}
