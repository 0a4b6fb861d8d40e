package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
)

// display is what the Temporal UI shows of a workflow.
type display struct {
	tags   bool   // the namespace knows the search attributes
	status string // that is shown
}

// show brings it up to date: the details at every change, the search attributes when the status is
// another. It reports whether it is.
func (d *display) show(ctx workflow.Context, r runs.Report) (other bool) {
	workflow.SetCurrentDetails(ctx, report.Of(r, time.UTC).Markdown())
	if r.Status == d.status {
		return false
	}
	d.status = r.Status
	if err := tag(ctx, d.tags, activities.Activation{Destination: r.Destination, Audience: r.Audience}, r.Status); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes could not be set", "error", err)
	}
	return true
}

// show brings what the Temporal UI shows up to date, and tells people of a run that needs one.
func (a *activation) show(ctx workflow.Context) {
	a.shows++
	r, _ := a.status()
	if !a.display.show(ctx, r) {
		return
	}
	if r.Status == runs.StatusRunning {
		a.rate.GoOn(workflow.Now(ctx))
	}
	if r.NeedsPerson && r.Status != runs.StatusPausing && r.Status != a.told {
		a.alertLater(ctx)
	}
	a.told = ""
}

// show brings what the Temporal UI shows of a stream up to date. None of it is an event, but for
// another status.
func (s *stream) show(ctx workflow.Context) {
	r, _ := s.status()
	s.display.show(ctx, r)
}
