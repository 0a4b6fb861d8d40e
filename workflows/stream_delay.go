package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/alerts"
	"audienceflow/audience"
	"audienceflow/runs"
)

// versionTellsAtOnce marks histories of streams that tell of trouble while it lasts, and not once
// it is over.
const versionTellsAtOnce = "streams tell at once"

func tellsAtOnce(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, versionTellsAtOnce, workflow.DefaultVersion, 1) == 1
}

// watchDelay tells of a stream that tries again and again what it has to do. It costs a timer every
// noProgress then, and nothing while the stream gets on, rests or is held, or where nobody wants to
// know.
func (s *stream) watchDelay(ctx workflow.Context) {
	stuck := func() bool {
		return s.busy && s.retrying != "" && s.control.status() == runs.StatusRunning && s.wanted(audience.AlertDelay)
	}
	workflow.GoNamed(ctx, "delay", func(ctx workflow.Context) {
		for {
			if err := workflow.Await(ctx, stuck); err != nil || !tellsAtOnce(ctx) {
				return
			}
			mark := s.drained
			if err := workflow.Sleep(ctx, noProgress); err != nil {
				return
			}
			if stuck() && mark == s.drained {
				s.tell(ctx, audience.AlertDelay, fmt.Sprintf("no profile has got through for %.0f minutes; it tries again by itself", noProgress.Minutes()))
			}
		}
	})
}

// versionTellsFromTheStart marks histories of streams that tell of trouble also while their first
// window cannot be opened.
const versionTellsFromTheStart = "streams tell from their first start"

// targets takes in whom to tell while a window is being opened, where none has been before.
func (s *stream) targets(ctx workflow.Context, targets []activities.Alert) {
	if len(s.state.Window.Alerts) > 0 || len(targets) == 0 {
		return
	}
	if workflow.GetVersion(ctx, versionTellsFromTheStart, workflow.DefaultVersion, 1) == 1 {
		s.state.Window.Alerts = targets
	}
}

func (s *stream) wanted(event string) bool { return wanted(s.state.Window.Alerts, event) }

// tellRejected tells once in a window, with the micro-batch that shows it, that many of its rows
// were excluded or have failed.
func (s *stream) tellRejected(ctx workflow.Context, n runs.Numbers) {
	w := &s.state.Window
	if w.RejectedTold || !s.wanted(audience.AlertRejected) || n.Received < rowsJudgedFrom || !alerts.ManyRejected(n) || !tellsAtOnce(ctx) {
		return
	}
	w.RejectedTold = true
	s.alert(ctx)
}
