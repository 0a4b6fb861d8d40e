package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// HoldInput pauses a destination, or with Lift only makes sure that it is not paused.
type HoldInput struct {
	Destination string `json:"destination"`
	Order       Order  `json:"order"`
	Lift        bool   `json:"lift,omitempty"`
}

// Hold is where the pause of a destination stands: the answer to the query "status" and the result.
type Hold struct {
	Destination string                      `json:"destination"`
	Status      string                      `json:"status"`
	Pause       activities.DestinationPause `json:"pause"`
	// Told is set when the store keeps the word and the runs under way have been told.
	Told bool `json:"told"`
	// Lifted is the pause that was lifted; nil if there was none.
	Lifted *activities.DestinationPause `json:"lifted,omitempty"`
}

// HoldDestination keeps everything to a destination paused for as long as it runs: until it is
// resumed or canceled. The store has the word, so that runs started meanwhile are held as well, and
// a hold that was terminated can still be lifted.
func HoldDestination(ctx workflow.Context, in HoldInput) (Hold, error) {
	h := &holding{in: in, hold: Hold{Destination: in.Destination, Status: runs.StatusPausing}}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStatus, h.status, workflow.QueryHandlerOptions{
		Description: "Who has paused the destination, why and since when.",
	}); err != nil {
		return h.hold, err
	}
	Resume.receive(ctx, h.onResume)
	Pause.receive(ctx, h.onPause)
	err := h.run(ctx)
	return h.hold, err
}

// holding is one run of HoldDestination.
type holding struct {
	in      HoldInput
	hold    Hold
	resumed bool
	anew    *Order // that gives the pause another time
}

func (h *holding) status() (Hold, error) { return h.hold, nil }

func (h *holding) onResume(workflow.Context, Order) { h.resumed = true }

func (h *holding) onPause(ctx workflow.Context, o Order) {
	if o.setsAnew(ctx, h.hold.Pause.Until) {
		h.anew = &o
	}
}

func (h *holding) run(ctx workflow.Context) error {
	if h.in.Lift {
		return h.lift(ctx)
	}
	h.hold.Pause = activities.DestinationPause{Reason: h.in.Order.Reason, By: h.in.Order.By, Since: workflow.Now(ctx).UTC(), Until: h.in.Order.Until}
	h.show(ctx)
	err := h.keep(ctx, h.hold.Pause, false)
	for err == nil {
		h.hold.Status, h.hold.Told = runs.StatusPaused, true
		h.show(ctx)
		if err = h.wait(ctx); err != nil || h.anew == nil || h.resumed {
			break
		}
		later := *h.anew
		h.anew = nil
		err = h.keep(ctx, later.until(h.hold.Pause), true)
	}
	apart, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if failed := h.lift(apart); failed != nil {
		return failed
	}
	return err
}

// keep has the store keep the pause, and tells the runs under way.
func (h *holding) keep(ctx workflow.Context, p activities.DestinationPause, anew bool) error {
	var out activities.DestinationResult
	err := workflow.ExecuteActivity(controlOptions(ctx, "keep the pause"), connection.PauseDestination,
		activities.PauseDestinationInput{Destination: h.in.Destination, Pause: p, Anew: anew}).Get(ctx, &out)
	if err == nil {
		h.hold.Pause = p
		h.announce(ctx, Pause, out)
	}
	return err
}

// wait waits until the destination is resumed, until the time has come to which it was paused, or
// until it is paused to another one.
func (h *holding) wait(ctx workflow.Context) error {
	resumed := func() bool { return h.resumed || h.anew != nil }
	until := h.hold.Pause.Until
	if until.IsZero() {
		return workflow.Await(ctx, resumed)
	}
	_, err := workflow.AwaitWithTimeout(ctx, max(leastWait, until.Sub(workflow.Now(ctx))), resumed)
	return err
}

// lift lets the destination go on.
func (h *holding) lift(ctx workflow.Context) error {
	var out activities.DestinationResult
	err := workflow.ExecuteActivity(controlOptions(ctx, "lift the pause"), connection.ResumeDestination,
		activities.DestinationInput{Destination: h.in.Destination, Now: workflow.Now(ctx).UTC()}).Get(ctx, &out)
	if err != nil {
		return err
	}
	h.announce(ctx, Resume, out)
	h.hold.Lifted, h.hold.Status = out.Before, runs.StatusCompleted
	h.show(ctx)
	return nil
}

// announce tells the workflows under way. One that has ended meanwhile needs not be told.
func (h *holding) announce(ctx workflow.Context, s Signal, out activities.DestinationResult) {
	p := h.hold.Pause
	order := Order{Reason: p.Reason, By: p.By, Since: p.Since, Until: p.Until, Destination: true}
	ids := out.Runs
	for _, stream := range out.Streams {
		ids = append(ids, StreamID(stream.Destination, stream.Audience))
	}
	told := make([]workflow.Future, len(ids))
	for i, id := range ids {
		told[i] = workflow.SignalExternalWorkflow(ctx, id, "", s.Name, order)
	}
	for i, future := range told {
		if err := future.Get(ctx, nil); err != nil && !temporal.IsCanceledError(err) {
			workflow.GetLogger(ctx).Debug("a run was not told", "workflow", ids[i], "error", err)
		}
	}
}

func (h *holding) show(ctx workflow.Context) {
	text := fmt.Sprintf("**%s**: destination `%s`", h.hold.Status, h.in.Destination)
	if h.hold.Status != runs.StatusCompleted {
		text += " " + strings.ReplaceAll(h.hold.Pause.String(), "\n", " ") +
			fmt.Sprintf("\n\nNothing is sent to it or read from it. Go on: `starter resume --destination %s`.", h.in.Destination)
	}
	workflow.SetCurrentDetails(ctx, text)
}
