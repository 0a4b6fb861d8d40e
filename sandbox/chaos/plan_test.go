package chaos

import (
	"context"
	"time"

	"audienceflow/runs"
)

// plan makes a dry run, which must foretell what the run will report.
func (d *driver) plan(ctx context.Context, rows []row, want runs.Numbers) {
	d.timeline.note("%s: planning", d.planID())
	for ctx.Err() == nil {
		report, ok := d.end(ctx, d.planID(), d.begin(ctx, d.planID(), "plan", "-f", d.file()))
		if ok && report.Status == runs.StatusFailed {
			d.untilMended(ctx)
			continue
		}
		if ok {
			unseen := d.place.model.unseen(d.audience, rows)
			want.ByStatus.Realized += unseen.Realized
			want.ByStatus.Exited += unseen.Exited
			want.Failed -= unseen.Realized + unseen.Exited
			want.Activated += unseen.Realized + unseen.Exited
			d.compare("plan", report, want)
		}
		return
	}
}

// abandon begins an activation and cancels it at some moment. It gives the report if the run came
// to its end before, or else remembers the run: what it wrote, the next one finds written.
func (d *driver) abandon(ctx context.Context) (report runs.Report, completed bool) {
	run := d.begin(ctx, d.id(), "activate", "-f", d.file(), "--detach")
	pause(ctx, time.Duration(d.random.Int64N(int64(longestWork))))
	for ctx.Err() == nil {
		r := d.starter(ctx, "cancel", d.id(), "--reason", "chaos")
		d.timeline.note("cancel %s: exit %d: %s", d.id(), r.code, r.said())
		if r.code == 0 || d.over(ctx, d.id()) {
			break
		}
		pause(ctx, lookEvery)
	}
	report, ok := d.end(ctx, d.id(), run)
	if ok && report.Status == runs.StatusCanceled && report.StoreID != "" { // else it was not known to the store yet
		d.abandoned = run
	}
	return report, ok && report.Status == runs.StatusCompleted
}

// longestWork is within what an activation takes.
const longestWork = 8 * time.Second

// without is what a run must report that comes after one that was canceled: what that one wrote is
// there. The store says how much that was, since what the canceled run left open the next one has
// booked for it.
func (d *driver) without(ctx context.Context, want runs.Numbers) runs.Numbers {
	if d.abandoned == "" {
		return want
	}
	var early runs.Report
	if !d.document(ctx, &early, "status", d.abandoned) {
		return want
	}
	d.timeline.note("%s: the canceled run has written %d of %d", d.id(), early.Activated, want.Activated)
	d.abandoned = ""
	want.Activated -= early.Activated
	want.Unchanged += early.Activated
	want.ByStatus.Realized -= early.ByStatus.Realized
	want.ByStatus.Exited -= early.ByStatus.Exited
	return want
}
