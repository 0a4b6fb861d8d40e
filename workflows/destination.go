package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// DestinationReason says why a run is held with its destination.
func DestinationReason(destination string, p activities.DestinationPause) string {
	if p.Quiet {
		return fmt.Sprintf("destination %s has quiet hours (%s): nothing is sent until %s", destination, p.Reason, p.UntilText())
	}
	text := fmt.Sprintf("destination %s is paused", destination)
	if !p.Until.IsZero() {
		text += " until " + p.UntilText()
	}
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return text
}

// refused reports whether a step was refused since its destination is paused; then the run is held.
func (c *controller) refused(ctx workflow.Context, err error) bool {
	pause := pauseIn(err)
	if pause != nil {
		c.stopDestination(ctx, *pause)
	}
	return pause != nil
}

// pauseIn takes the destination's pause out of the error of a step that was refused for it; nil for
// any other error.
func pauseIn(err error) *activities.DestinationPause {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != activities.ErrDestinationPaused {
		return nil
	}
	pause := &activities.DestinationPause{}
	if app.HasDetails() && app.Details(pause) != nil {
		return &activities.DestinationPause{}
	}
	return pause
}

// stopDestination holds the run because everything to its destination is paused.
func (c *controller) stopDestination(ctx workflow.Context, p activities.DestinationPause) {
	if c.Destination != nil {
		return
	}
	c.Destination = &p
	c.stop(ctx)
}

func (c *controller) freeDestination(ctx workflow.Context) {
	if c.Destination == nil {
		return
	}
	c.Destination = nil
	c.changed(ctx)
}

// followDestination finds out that a paused destination goes on. A run is told so by a signal too;
// this is for one that was not yet known when the others were told.
func (c *controller) followDestination(ctx workflow.Context) {
	for {
		if err := workflow.Await(ctx, func() bool { return c.Destination != nil }); err != nil {
			return
		}
		waitCtx, cancel := workflow.WithCancel(ctx)
		free := workflow.ExecuteActivity(waitDestinationOptions(waitCtx), connection.AwaitDestination,
			activities.DestinationInput{Destination: c.destination, Sending: c.Destination.Quiet})
		err := workflow.Await(ctx, func() bool { return free.IsReady() || c.Destination == nil })
		cancel()
		if err != nil {
			return
		}
		c.freeDestination(ctx)
	}
}
