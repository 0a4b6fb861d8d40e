package chaos

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"

	"audienceflow/runs"
)

// activate exports the next generation and compares the report with what it must be.
func (d *driver) activate(ctx context.Context, contacts int) {
	rows := d.generation(contacts)
	want := d.place.model.export(d.audience, rows)
	d.write(rows)
	if d.random.IntN(3) == 0 {
		d.plan(ctx, rows, want)
	}
	d.timeline.note("%s: activating %d records", d.id(), len(rows))
	var report runs.Report
	var completed bool
	if d.random.IntN(3) == 0 {
		report, completed = d.abandon(ctx)
	}
	if !completed {
		var ok bool
		if report, ok = d.carry(ctx, "activate", "-f", d.file(), "--detach"); !ok {
			return
		}
		want = d.without(ctx, want)
	}
	failed := d.refused(ctx, report)
	latest := winners(rows)
	for contact := range failed {
		want.Failed++
		want.Activated--
		*count(&want.ByStatus, latest[contact].status)--
	}
	d.place.model.apply(d.audience, latest, failed)
	d.compare("activate", report, want)
	if report.Failed > 0 && (len(failed) > 0 || d.random.IntN(3) == 0) {
		d.replay(ctx, report, latest, failed)
	}
}

// count gives the number of a status.
func count(of *runs.ByStatus, status string) *int64 {
	if status == realized {
		return &of.Realized
	}
	return &of.Exited
}

func (d *driver) write(rows []row) {
	path := filepath.Join(d.folder, d.place.name+"-"+d.audience+".ndjson")
	if err := os.WriteFile(path, []byte(profiles(d.audience, rows)), 0o600); err != nil {
		d.timeline.fault("%v", err)
	}
}

// carry starts a run and sees it to its end; one that has failed for what was mended then is
// started again.
func (d *driver) carry(ctx context.Context, args ...string) (runs.Report, bool) {
	for {
		report, ok := d.end(ctx, d.id(), d.begin(ctx, d.id(), args...))
		if !ok || report.Status != runs.StatusFailed {
			return report, ok
		}
		if report.Activated != 0 {
			d.timeline.fault("%s (%s) has failed after it had written: %s", d.id(), report.Run, shown(report.Numbers))
		}
		if args[0] == "replay" && report.Failed > 0 && report.Pending == 0 {
			args = []string{"replay", report.Run} // it has all the rows, and has failed them anew before its validation failed
		}
		d.untilMended(ctx)
	}
}

func (d *driver) untilMended(ctx context.Context) {
	for d.place.bouts.last() && ctx.Err() == nil {
		pause(ctx, lookEvery)
	}
}

// refused are the contacts that a plug-in of the simulated environment has refused: they alone may
// fail beside those that must.
func (d *driver) refused(ctx context.Context, report runs.Report) map[string]bool {
	failed := map[string]bool{}
	if report.Failed == 0 {
		return failed
	}
	for _, r := range d.rejected(ctx, report.Run) {
		switch {
		case r.Outcome != "failed" || r.Reason == "invalid_value":
		case r.Reason == "contact_not_found":
			if r.Contact != nobody && !d.place.model.buried(r.Contact) {
				d.timeline.fault("%s: contact %s was not found", d.id(), r.Contact)
			}
		case r.Reason == "plugin_error":
			failed[r.Contact] = true
		default:
			failed[r.Contact] = true
			d.timeline.fault("%s: a row failed for good: %s %s", d.id(), r.Reason, r.Code)
		}
	}
	return failed
}

// rejectedRow is what starter rejected tells of a row.
type rejectedRow struct{ Contact, Outcome, Reason, Code, State string }

func (w *world) rejected(ctx context.Context, run string) (rows []rejectedRow) {
	w.document(ctx, &rows, "rejected", run)
	return rows
}

// compare says what of a report is not as it must be.
func (d *driver) compare(step string, report runs.Report, want runs.Numbers) {
	got := report.Numbers
	if report.Status != runs.StatusCompleted {
		d.timeline.fault("%s: %s (%s) is %s: %s", d.id(), step, report.Run, report.Status, report.Reason)
	}
	got.Reasons, want.Reasons, got.Warnings = nil, nil, 0
	if !reflect.DeepEqual(got, want) {
		d.timeline.fault("%s: %s (%s) reports\n  %s\nbut must report\n  %s", d.id(), step, report.Run, shown(got), shown(want))
		return
	}
	d.timeline.note("%s: %s done: %s", d.id(), step, shown(got))
}

func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// replay sends the failed rows of a run again: those that a plug-in refused get through, the others
// fail as before.
func (d *driver) replay(ctx context.Context, of runs.Report, rows map[string]row, failed map[string]bool) {
	d.timeline.note("%s: replaying %d rows, of which %d must get through", d.id(), of.Failed, len(failed))
	report, ok := d.carry(ctx, "replay", of.Run)
	if !ok {
		return
	}
	still := d.refused(ctx, report)
	want := runs.Numbers{Received: of.Failed, Failed: of.Failed - int64(len(failed)-len(still))}
	again := map[string]row{}
	for contact := range failed {
		if still[contact] {
			continue
		}
		again[contact] = rows[contact]
		want.Activated++
		*count(&want.ByStatus, rows[contact].status)++
	}
	d.place.model.apply(d.audience, again, nil)
	d.compare("replay", report, want)
}

// unmap clears the audience's column.
func (d *driver) unmap(ctx context.Context) {
	d.timeline.note("%s: unmapping", d.id())
	report, ok := d.carry(ctx, "unmap", "-f", d.file())
	if !ok {
		return
	}
	cleared := d.place.model.clear(d.audience)
	if report.Activated != cleared || report.Received != cleared || report.Status != runs.StatusCompleted {
		d.timeline.fault("%s: unmap (%s) must clear %d contacts, and reports %s %s: %s",
			d.id(), report.Run, cleared, report.Status, shown(report.Numbers), report.Reason)
	}
}
