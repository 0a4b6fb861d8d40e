package workflows

import (
	"time"

	"audienceflow/activities"

	"go.temporal.io/sdk/workflow"
)

// Order is the payload of the signals: why, and by whom.
type Order struct {
	Reason string `json:"reason"`
	By     string `json:"by"`
	// Destination is set where everything to the run's destination is paused or resumed, Since says
	// since when.
	Destination bool      `json:"destination,omitempty"`
	Since       time.Time `json:"since,omitzero"`
	// Until is when what is paused goes on by itself; zero where somebody has to say so.
	Until time.Time `json:"until,omitzero"`
}

// Signal is a named signal with an Order as its payload. Sending one twice does no harm.
type Signal struct{ Name string }

// The signals that operators send through the starter.
var (
	// Pause holds a run: what is under way is finished and booked, nothing new starts. Ignored once
	// the run has ended.
	Pause = Signal{"pause"}
	// Resume lets a paused run go on, also one that paused itself.
	Resume = Signal{"resume"}
	// Approve lets a run go on that a guard holds. Ignored by a run that does not wait.
	Approve = Signal{"approve"}
	// Wake tells a stream that its inbox is not empty any more. Sent by what receives profiles,
	// together with a start.
	Wake = Signal{"wake"}
)

// QueryStatus answers with an activities.Report, at any time and also after the run; of a
// validation, with a sentence.
const QueryStatus = "status"

// QueryReport answers with how far a validation is, as the report of a run under way.
const QueryReport = "report"

// receive reads the signal into handle for as long as the workflow runs.
func (s Signal) receive(ctx workflow.Context, handle func(workflow.Context, Order)) {
	ch := workflow.GetSignalChannel(ctx, s.Name)
	workflow.GoNamed(ctx, "signal "+s.Name, func(ctx workflow.Context) {
		for {
			var o Order
			if !ch.Receive(ctx, &o) {
				return
			}
			handle(ctx, o)
		}
	})
}

// drain hands over what has arrived but was not yet received. Nothing may yield between it and
// continue-as-new.
func (s Signal) drain(ctx workflow.Context, handle func(workflow.Context, Order)) {
	ch := workflow.GetSignalChannel(ctx, s.Name)
	for {
		var o Order
		if !ch.ReceiveAsync(&o) {
			return
		}
		handle(ctx, o)
	}
}

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
