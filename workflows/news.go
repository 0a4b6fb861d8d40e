package workflows

import (
	"fmt"
	"time"

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

// retryText says what is being tried again.
func retryText(n activities.News) string {
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
	case n.Retrying != "":
		a.retrying = retryText(n)
		a.tries++
	default:
		a.retrying = ""
		a.getsOn(ctx, "records", n.Done, n.Of, n.Since)
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
	if n.Retrying != "" {
		s.retrying = retryText(n)
		s.show(ctx)
	}
}

// onNews takes in what a step of the validation says.
func (v *validating) onNews(ctx workflow.Context, n activities.News) {
	if n.Retrying != "" && v.slices > 0 && v.read < v.slices {
		v.retrying = retryText(n)
		v.show(ctx)
	}
}

// getsOn notes how far a phase is that counts something, which began at a time.
func (a *activation) getsOn(ctx workflow.Context, what string, done, of int64, since time.Time) {
	a.report.Progress = runs.ProgressOf(what, done, of, workflow.Now(ctx).Sub(since))
}

// sends notes how far the sending is, since it began or went on last.
func (a *activation) sends(ctx workflow.Context) {
	if a.in.Kind == runs.KindPlan || a.toSend == 0 {
		return
	}
	pending := a.report.Pending
	if a.sendPending == 0 {
		a.sendPending = a.toSend
	}
	p := runs.ProgressOf("rows", a.sendPending-pending, a.sendPending, workflow.Now(ctx).Sub(a.sendFrom))
	if p != nil { // the rate is of what was sent since; what is shown is of all
		p.Done, p.Of = a.toSend-pending, a.toSend
	}
	a.report.Progress = p
}
