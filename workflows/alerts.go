package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/runs"
)

// sendAlert tells targets of how something stands, or of an event. A dead target never harms what
// tells it.
func sendAlert(ctx workflow.Context, in activities.SendAlertInput) {
	err := workflow.ExecuteActivity(alertOptions(ctx), records.SendAlert, in).Get(ctx, nil)
	if err != nil && !temporal.IsCanceledError(err) {
		workflow.GetLogger(ctx).Warn("an alert could not be sent", "error", err)
	}
}

// wanted reports whether one of the targets is to be told of an event.
func wanted(targets []activities.Alert, event string) bool {
	return slices.ContainsFunc(targets, func(target activities.Alert) bool { return target.Wants(event) })
}

// alert tells the activation's targets where it stands, if that has changed.
func (a *activation) alert(ctx workflow.Context) { a.tell(ctx, "", "") }

// tell tells the activation's targets of an event.
func (a *activation) tell(ctx workflow.Context, event, why string) {
	targets := a.in.Activation.Alerts
	if len(targets) == 0 || a.in.Kind == runs.KindPlan {
		return
	}
	a.alerting++
	defer func() { a.alerting-- }()
	report, _ := a.status()
	sendAlert(ctx, activities.SendAlertInput{Targets: targets, Report: report, Event: event, Why: why})
}

// alertLater sends an alert beside what the run is doing.
func (a *activation) alertLater(ctx workflow.Context) {
	if len(a.in.Activation.Alerts) > 0 {
		a.alerting++ // from now on, not only once it runs
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer func() { a.alerting-- }()
			a.alert(ctx)
		})
	}
}

// wanted reports whether anybody is to be told of an event.
func (a *activation) wanted(event string) bool {
	return wanted(a.in.Activation.Alerts, event) && a.in.Kind != runs.KindPlan
}

// tellStart tells those who want to know of every run.
func (a *activation) tellStart(ctx workflow.Context) {
	if a.in.State == nil && a.wanted(audience.AlertStart) {
		workflow.Go(ctx, func(ctx workflow.Context) { a.tell(ctx, audience.AlertStart, "") })
	}
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
