package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

func firstValidationReport(ctx workflow.Context, in ValidateInput) runs.Report {
	info := workflow.GetInfo(ctx)
	return runs.Report{
		Run: info.FirstRunID, WorkflowID: info.WorkflowExecution.ID, Kind: runs.KindValidate, Destination: in.Activation.Destination,
		Audience: in.Activation.Audience, Name: in.Activation.Name, MappingID: in.Activation.MappingID,
		Status: runs.StatusRunning, StartedAt: workflow.Now(ctx).UTC(), NumbersFrom: runs.NumbersNowhere,
	}
}

// underWay answers how far the validation is. Once it has ended, its result says how.
func (v *validating) underWay() (runs.Report, error) {
	r := v.report
	r.Retrying = v.retrying
	return r, nil
}

// versionHeldInLists marks histories of validations that say in lists that they are held with their
// destination.
const versionHeldInLists = "validations are held in lists"

// hold shows that the validation waits for its destination, and by which command that goes on.
func (v *validating) hold(ctx workflow.Context, p activities.DestinationPause) {
	destination, since := v.in.Activation.Destination, p.Since.UTC()
	r := &v.report
	r.Status, r.Reason, r.By, r.Since = runs.StatusPaused, DestinationReason(destination, p), p.By, &since
	r.DestinationPaused, r.QuietHours = !p.Quiet, p.Quiet
	if until := p.Until.UTC(); !p.Until.IsZero() {
		r.Until = &until
	}
	v.shown = r.Reason
	text := fmt.Sprintf("**paused**: destination `%s` %s", destination, p)
	if r.DestinationPaused {
		text += fmt.Sprintf("\n\nGo on: `starter resume --destination %s`.", destination)
	}
	workflow.SetCurrentDetails(ctx, text)
	v.list(ctx, runs.StatusPaused)
}

// goOn shows that it is held no more.
func (v *validating) goOn(ctx workflow.Context) {
	r := &v.report
	r.Status, r.Reason, r.By, r.Since, r.Until = runs.StatusRunning, "", "", nil, nil
	r.DestinationPaused, r.QuietHours = false, false
	v.rate.GoOn(workflow.Now(ctx))
	v.list(ctx, runs.StatusRunning)
	v.show(ctx)
}

// list has lists say how it stands. Of one that a run has asked for, the run says so.
func (v *validating) list(ctx workflow.Context, status string) {
	if v.in.Run != "" || !v.in.SearchAttributes || workflow.GetVersion(ctx, versionHeldInLists, workflow.DefaultVersion, 1) < 1 {
		return
	}
	if err := tag(ctx, true, v.in.Activation, status); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes could not be set", "error", err)
	}
}
