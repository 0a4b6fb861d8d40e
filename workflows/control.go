package workflows

import (
	"context"
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// SelfName signs the pauses that a run makes itself.
const SelfName = "audienceflow"

// Control is what people, and the run's own guards, have told a run to do. It is carried over
// continue-as-new.
type Control struct {
	Paused bool `json:"paused,omitempty"`
	// Self is set when the run paused itself.
	Self   bool      `json:"self,omitempty"`
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	// PausedUntil is when a paused run goes on by itself; zero where somebody has to say so.
	PausedUntil time.Time `json:"pausedUntil,omitzero"`
	// Resumed counts resumes: a self-made pause that was answered is not made again for the same
	// cause.
	Resumed int `json:"resumed,omitempty"`
	// Waiting is set while the run waits for an approval.
	Waiting    bool      `json:"waiting,omitempty"`
	WaitReason string    `json:"waitReason,omitempty"`
	WaitSince  time.Time `json:"waitSince,omitzero"`
	// Until is when a run that waits for the destination's daily budget goes on by itself; zero
	// where a person has to decide.
	Until time.Time `json:"until,omitzero"`
	// OverBudget is set once somebody has approved that the daily budget is exceeded.
	OverBudget bool `json:"overBudget,omitempty"`
	// Destination is set while everything to the run's destination is paused.
	Destination *activities.DestinationPause `json:"destination,omitempty"`
}

// held reports whether nothing may be started.
func (c Control) held() bool { return c.Paused || c.Destination != nil }

// halted reports whether nothing may be sent: the run is held, or its destination's daily budget is
// used up.
func (c Control) halted() bool { return c.held() || c.Waiting && !c.Until.IsZero() }

// controller holds a run back while it is paused or waits, and stops what is under way when a pause
// comes.
type controller struct {
	Control
	destination string
	underWay    map[int]workflow.CancelFunc
	nextID      int
	changed     func(workflow.Context)
	idle        func() bool // nothing else is under way; nil where a run never leaves its version
}

func newController(c Control, destination string, changed func(workflow.Context)) *controller {
	return &controller{Control: c, destination: destination, underWay: map[int]workflow.CancelFunc{}, changed: changed}
}

// listen receives the signals for as long as the run lasts.
func (c *controller) listen(ctx workflow.Context) {
	Pause.receive(ctx, c.onPause)
	Resume.receive(ctx, c.onResume)
	Approve.receive(ctx, c.onApprove)
	workflow.GoNamed(ctx, "destination", c.followDestination)
	workflow.GoNamed(ctx, "daily rows", c.followBudget)
	workflow.GoNamed(ctx, "paused until", c.followPause)
}

// drain takes in the signals that came while the run was getting ready to hand over.
func (c *controller) drain(ctx workflow.Context) {
	Pause.drain(ctx, c.onPause)
	Resume.drain(ctx, c.onResume)
	Approve.drain(ctx, c.onApprove)
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

func (c *controller) onResume(ctx workflow.Context, o Order) {
	if o.Destination {
		c.freeDestination(ctx)
		return
	}
	if !c.Paused {
		return
	}
	c.Paused, c.Self = false, false
	c.Reason, c.By, c.Since, c.PausedUntil = "", "", time.Time{}, time.Time{}
	c.Resumed++
	c.changed(ctx)
}

func (c *controller) onApprove(ctx workflow.Context, _ Order) {
	if !c.Waiting {
		return
	}
	c.OverBudget = c.OverBudget || !c.Until.IsZero()
	c.endWait(ctx)
}

// pause holds the run and stops what is under way.
func (c *controller) pause(ctx workflow.Context, o Order, self bool) {
	c.Paused, c.Self = true, self
	c.Reason, c.By, c.Since, c.PausedUntil = o.Reason, o.By, workflow.Now(ctx), o.Until
	c.stop(ctx)
}

// stop ends what is under way.
func (c *controller) stop(ctx workflow.Context) {
	for _, id := range workflow.DeterministicKeys(c.underWay) {
		c.underWay[id]()
	}
	c.changed(ctx)
}

// pauseSelf holds the run for a cause that a person has to mend.
func (c *controller) pauseSelf(ctx workflow.Context, reason string) {
	if c.Paused {
		return
	}
	c.pause(ctx, Order{Reason: reason, By: SelfName}, true)
}

// wait holds the run until it is approved. It returns the cancellation error when the run is
// canceled meanwhile.
func (c *controller) wait(ctx workflow.Context, reason string) error {
	c.Waiting, c.WaitReason, c.WaitSince = true, reason, workflow.Now(ctx)
	c.changed(ctx)
	return c.approval(ctx)
}

// approval blocks until the run is approved, and held no more.
func (c *controller) approval(ctx workflow.Context) error {
	return c.await(ctx, func() bool { return !c.Waiting && !c.held() })
}

func (c *controller) endWait(ctx workflow.Context) {
	c.Waiting, c.WaitReason, c.WaitSince, c.Until = false, "", time.Time{}, time.Time{}
	c.changed(ctx)
}

// clearance blocks while the run is halted.
func (c *controller) clearance(ctx workflow.Context) error {
	return c.await(ctx, func() bool { return !c.halted() })
}

// status is the run's status as far as it is not over.
func (c *controller) status() string {
	switch {
	case c.held() && len(c.underWay) > 0:
		return runs.StatusPausing
	case c.held():
		return runs.StatusPaused
	case c.Waiting:
		return runs.StatusWaiting
	}
	return runs.StatusRunning
}

// tell puts into a report how the run is held, and why: what holds it most widely comes first.
func (c *controller) tell(r *runs.Report) {
	r.Status = c.status()
	var since, until time.Time
	switch {
	case c.Destination != nil:
		d := *c.Destination
		r.Reason, r.By, since, until = DestinationReason(c.destination, d), d.By, d.Since, d.Until
		r.DestinationPaused, r.QuietHours = !d.Quiet, d.Quiet
		if c.Waiting {
			r.Reason += "; it also waits for approval: " + c.WaitReason
		}
	case c.Paused:
		r.Reason, r.By, since, until = c.Reason, c.By, c.Since, c.PausedUntil
	case c.Waiting:
		r.Reason, r.By, since, until = c.WaitReason, SelfName, c.WaitSince, c.Until
	default:
		return
	}
	since = since.UTC()
	r.Since = &since
	if !until.IsZero() {
		until = until.UTC()
		r.Until = &until
	}
	r.NeedsPerson = c.Paused && c.Self || c.Waiting
}

// stoppable registers something under way that a pause stops. The returned function takes it off
// again.
func (c *controller) stoppable(ctx workflow.Context) (workflow.Context, func()) {
	step, cancel := workflow.WithCancel(ctx)
	id := c.nextID
	c.nextID++
	c.underWay[id] = cancel
	return step, func() {
		delete(c.underWay, id)
		cancel()
		if c.held() && len(c.underWay) == 0 {
			c.changed(ctx)
		}
	}
}

// perform runs an activity to its end: a pause stops it, and it is called again when the run goes
// on. Every activity run this way can be repeated.
func perform[In, Out any](ctx workflow.Context, c *controller, activity func(context.Context, In) (Out, error), in In) (Out, error) {
	return repeatable(ctx, c, func(ctx workflow.Context) (Out, error) {
		var out Out
		err := workflow.ExecuteActivity(ctx, activity, in).Get(ctx, &out)
		return out, err
	})
}

// repeatable calls step, anew after each pause that stopped it, and returns its outcome.
func repeatable[Out any](ctx workflow.Context, c *controller, step func(workflow.Context) (Out, error)) (Out, error) {
	for {
		var out Out
		if err := c.clearance(ctx); err != nil {
			return out, err
		}
		stepCtx, done := c.stoppable(ctx)
		out, err := step(stepCtx)
		refused := c.refused(ctx, err)
		done()
		if ctx.Err() == nil && (refused || interrupted(ctx, err)) {
			continue
		}
		return out, err
	}
}
