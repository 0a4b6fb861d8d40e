package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// hearNews takes in how steps get on, for as long as the workflow runs. It leads to no command: a
// history without news takes the same course.
func hearNews(ctx workflow.Context, hear func(workflow.Context, activities.News)) {
	ch := workflow.GetSignalChannel(ctx, activities.SignalNews)
	workflow.GoNamed(ctx, "signal "+activities.SignalNews, func(ctx workflow.Context) {
		for {
			var news activities.News
			if !ch.Receive(ctx, &news) {
				return
			}
			hear(ctx, news)
		}
	})
}

// holdsUp reports whether the news are of what keeps a step from getting on.
func holdsUp(n activities.News) bool { return n.Retrying != "" || !n.Until.IsZero() }

// retryText says what is being tried again, or waited for.
func retryText(n activities.News) string {
	if !n.Until.IsZero() {
		return activities.WaitsText(n.Step, n.Until.UTC())
	}
	later := ""
	if n.Backoff { // this text stays until more is told
		later = ", then at most a minute apart: Pending Activities has the latest"
	}
	return fmt.Sprintf("%s since %s, attempt %d: %s (again about %s%s)", n.Step, n.Since.UTC().Format("2006-01-02 15:04:05 MST"), n.Attempt, n.Retrying,
		n.Next.UTC().Format("15:04:05"), later)
}

// onNews takes in what a step of the run says.
func (a *activation) onNews(ctx workflow.Context, n activities.News) {
	if a.report.Ended() {
		return
	}
	switch {
	case n.Numbers != nil && !a.furthered(ctx, *n.Numbers):
		return // a batch that has ended since has told more
	case n.Numbers != nil:
	case holdsUp(n):
		a.retrying = retryText(n)
		a.tries++
	default:
		a.retrying = ""
		a.report.Progress = runs.ProgressOf("records", n.Done, n.Of, workflow.Now(ctx).Sub(n.Since))
	}
	a.show(ctx)
}

// furthered takes in how the run's rows stand while batches of them are being sent, if that is
// news. Rows once decided stay so.
func (a *activation) furthered(ctx workflow.Context, counted runs.Numbers) bool {
	if a.report.Phase != phaseSending || counted.Pending >= a.report.Pending {
		return false
	}
	a.report.Numbers = counted
	a.sends(ctx)
	return true
}

// onNews takes in what a step of the stream says: how far it is, the backlog tells.
func (s *stream) onNews(ctx workflow.Context, n activities.News) {
	if holdsUp(n) {
		s.retrying = retryText(n)
		s.show(ctx)
	}
}

// onNews takes in what a step of the validation says.
func (v *validating) onNews(ctx workflow.Context, n activities.News) {
	if holdsUp(n) && v.slices > 0 && v.read < v.slices {
		v.retrying = retryText(n)
		v.show(ctx)
	}
}

// sends notes how far the sending is. After an outage it is as if it began then.
func (a *activation) sends(ctx workflow.Context) {
	if a.in.Kind == runs.KindPlan || a.toSend == 0 {
		return
	}
	now := workflow.Now(ctx)
	if a.retrying != "" && a.rate.StoodStill(now) {
		a.rate.Begin(now, a.report.Pending)
	}
	a.report.Progress = a.rate.Progress(now, "rows", a.toSend-a.report.Pending, a.toSend)
}
