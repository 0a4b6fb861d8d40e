package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/report"
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
		err := workflow.ExecuteActivity(alertOptions(ctx), records.SendAlert, activities.SendAlertInput{Targets: targets, Report: report, Event: event, Why: why}).Get(ctx, nil)
		if err != nil && !temporal.IsCanceledError(err) {
			workflow.GetLogger(ctx).Warn("an alert could not be sent", "error", err)
		}
	})
}

// show brings what the Temporal UI shows up to date. None of it is an event, but for another
// status.
func (s *stream) show(ctx workflow.Context) {
	r, _ := s.status()
	workflow.SetCurrentDetails(ctx, report.Of(r, time.UTC).Markdown())
	if r.Status == s.shownStatus {
		return
	}
	s.shownStatus = r.Status
	a := activities.Activation{Destination: r.Destination, Audience: r.Audience}
	if err := tag(ctx, s.in.SearchAttributes, a, r.Status); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes could not be set", "error", err)
	}
}
