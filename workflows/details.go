package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/report"
	"audienceflow/runs"
)

// show brings what the Temporal UI shows up to date: the details at every change, the search
// attributes when the status is another.
func (a *activation) show(ctx workflow.Context) {
	a.shows++
	r, _ := a.status()
	workflow.SetCurrentDetails(ctx, report.Of(r, time.UTC).Markdown())
	if r.Status == a.shownStatus {
		return
	}
	a.shownStatus = r.Status
	if r.NeedsPerson && r.Status != runs.StatusPausing && r.Status != a.told {
		a.alertLater(ctx)
	}
	a.told = ""
	if err := tag(ctx, a.in.SearchAttributes, a.in.Activation, r.Status); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes could not be set", "error", err)
	}
}
