package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// status answers the query.
func (s *stream) status() (runs.Report, error) {
	r := s.state.Report
	s.control.tell(&r)
	r.Retrying = s.retrying
	return r, nil
}

// alert tells the activation's targets how the stream stands, if that has changed, beside what it
// is doing.
func (s *stream) alert(ctx workflow.Context) { s.tell(ctx, "", "") }

// tell tells them of an event.
func (s *stream) tell(ctx workflow.Context, event, why string) {
	targets := s.state.Window.Alerts
	if len(targets) == 0 {
		return
	}
	report, _ := s.status()
	s.alerting++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { s.alerting-- }()
		sendAlert(ctx, activities.SendAlertInput{Targets: targets, Report: report, Event: event, Why: why})
	})
}

// show brings what the Temporal UI shows up to date. None of it is an event, but for another
// status.
func (s *stream) show(ctx workflow.Context) {
	r, _ := s.status()
	s.display.show(ctx, r)
}
