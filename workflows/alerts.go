package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// alert tells the activation's targets where it stands, if that has changed. A dead target never harms a run.
func (a *activation) alert(ctx workflow.Context) {
	targets := a.in.Activation.Alerts
	if len(targets) == 0 || a.in.Kind == activities.KindPlan {
		return
	}
	report, err := a.status()
	if err == nil {
		err = workflow.ExecuteActivity(alertOptions(ctx), records.SendAlert, activities.SendAlertInput{Targets: targets, Report: report}).Get(ctx, nil)
	}
	if err != nil && !temporal.IsCanceledError(err) {
		workflow.GetLogger(ctx).Warn("an alert could not be sent", "error", err)
	}
}

// alertLater sends an alert beside what the run is doing.
func (a *activation) alertLater(ctx workflow.Context) {
	if len(a.in.Activation.Alerts) > 0 {
		workflow.Go(ctx, a.alert)
	}
}
