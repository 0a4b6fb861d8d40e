package workflows

import (
	"time"

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
