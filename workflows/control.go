package workflows

import (
	"context"
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// selfName signs the pauses that a run makes itself.
const selfName = "audienceflow"

// Control is what people, and the run's own guards, have told a run to do. It is carried over continue-as-new.
type Control struct {
	Paused bool `json:"paused,omitempty"`
	// Self is set when the run paused itself.
	Self    bool      `json:"self,omitempty"`
	Waiting bool      `json:"waiting,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	By      string    `json:"by,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Resumed counts resumes: a self-made pause that was answered is not made again for the same cause.
	Resumed int `json:"resumed,omitempty"`
}

// controller holds a run back while it is paused or waits, and stops what is under way when a pause comes.
type controller struct {
	Control
	underWay map[int]workflow.CancelFunc
	nextID   int
	changed  func(workflow.Context)
}

func newController(c Control, changed func(workflow.Context)) *controller {
	return &controller{Control: c, underWay: map[int]workflow.CancelFunc{}, changed: changed}
}

// listen receives the signals for as long as the run lasts.
func (c *controller) listen(ctx workflow.Context) {
	Pause.receive(ctx, c.onPause)
	Resume.receive(ctx, c.onResume)
	Approve.receive(ctx, c.onApprove)
}

// drain takes in the signals that came while the run was getting ready to hand over.
func (c *controller) drain(ctx workflow.Context) {
	Pause.drain(ctx, c.onPause)
	Resume.drain(ctx, c.onResume)
	Approve.drain(ctx, c.onApprove)
}

func (c *controller) onPause(ctx workflow.Context, o Order) {
	if c.Paused && !c.Self {
		return
	}
	c.pause(ctx, o, false)
}

func (c *controller) onResume(ctx workflow.Context, _ Order) {
	if !c.Paused {
		return
	}
	c.Paused, c.Self = false, false
	c.Resumed++
	if !c.Waiting {
		c.clear()
	}
	c.changed(ctx)
}

func (c *controller) onApprove(ctx workflow.Context, _ Order) {
	if !c.Waiting {
		return
	}
	c.Waiting = false
	if !c.Paused {
		c.clear()
	}
	c.changed(ctx)
}

func (c *controller) clear() { c.Reason, c.By, c.Since = "", "", time.Time{} }

// pause holds the run and stops what is under way.
func (c *controller) pause(ctx workflow.Context, o Order, self bool) {
	c.Paused, c.Self = true, self
	c.Reason, c.By, c.Since = o.Reason, o.By, workflow.Now(ctx)
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
	c.pause(ctx, Order{Reason: reason, By: selfName}, true)
}

// wait holds the run until it is approved. It returns the cancellation error when the run is canceled meanwhile.
func (c *controller) wait(ctx workflow.Context, reason string) error {
	c.Waiting = true
	c.Reason, c.By, c.Since = reason, selfName, workflow.Now(ctx)
	c.changed(ctx)
	return workflow.Await(ctx, func() bool { return !c.Waiting && !c.Paused })
}

// clearance blocks while the run is paused.
func (c *controller) clearance(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool { return !c.Paused })
}

// status is the run's status as far as it is not over.
func (c *controller) status() string {
	switch {
	case c.Paused && len(c.underWay) > 0:
		return activities.StatusPausing
	case c.Paused:
		return activities.StatusPaused
	case c.Waiting:
		return activities.StatusWaiting
	}
	return activities.StatusRunning
}

// stoppable registers something under way that a pause stops. The returned function takes it off again.
func (c *controller) stoppable(ctx workflow.Context) (workflow.Context, func()) {
	ctx, cancel := workflow.WithCancel(ctx)
	id := c.nextID
	c.nextID++
	c.underWay[id] = cancel
	return ctx, func() {
		delete(c.underWay, id)
		cancel()
		if c.Paused && len(c.underWay) == 0 {
			c.changed(ctx)
		}
	}
}

// perform runs an activity to its end: a pause stops it, and it is called again when the run goes on. Every activity
// run this way can be repeated.
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
		done()
		if ctx.Err() == nil && interrupted(err) {
			continue
		}
		return out, err
	}
}
