package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/starter/command"
	"audienceflow/workflows"
)

// driver does the work of one audience at one destination: it knows what every step must come to.
type driver struct {
	*world
	place    *place
	audience string
	random   *rand.Rand
	at       int64 // the latest qualification
	round    int
}

func (d *driver) id() string   { return workflows.ActivateID(d.place.name, d.audience) }
func (d *driver) file() string { return d.place.name + "-" + d.audience + ".yaml" }

// random draws of each driver are its own, whatever the others do.
func newDriver(w *world, p *place, audience string, seed uint64) *driver {
	name := p.name + audience
	var mixed uint64
	for _, c := range name {
		mixed = mixed*31 + uint64(c)
	}
	return &driver{world: w, place: p, audience: audience, random: rand.New(rand.NewPCG(seed, mixed)), at: fileTimes}
}

// some draws contacts.
func (d *driver) some(n int) []string {
	picked := make([]string, 0, n)
	for _, i := range d.random.Perm(len(d.place.contacts))[:n] {
		picked = append(picked, d.place.contacts[i])
	}
	return picked
}

func (d *driver) next() int64 {
	d.at++
	return d.at
}

func (d *driver) word() string {
	if d.random.IntN(4) == 0 {
		return exited
	}
	return realized
}

// generation is the next export: members whose status or name has changed, some that have not, and records that are wrong.
func (d *driver) generation(contacts int) []row {
	d.round++
	var rows []row
	known := d.place.model.exported(d.audience)
	for i, contact := range d.some(contacts) {
		r := row{contact: contact, status: d.word(), at: d.next(), first: d.name(i)}
		held, exported := known[contact]
		exported = exported && d.audience != "gold" // of which a stream knows more
		switch choice := d.random.IntN(12); {
		case choice == 0 && exported: // what was exported already
			r.status, r.at, r.first = held.word, held.at, ""
		case choice == 1: // overtaken in the same file
			rows = append(rows, row{contact: contact, status: realized, at: r.at - 1, first: "Overtaken"})
		case choice == 2 && exported: // overtaken by what was exported
			r.at = held.at - 1
		}
		rows = append(rows, r)
	}
	rows = append(rows, row{status: realized, at: d.next()}, row{contact: "nobody", status: realized, at: d.next()},
		row{contact: d.place.contacts[0], at: d.next()}, row{contact: nobody, status: realized, at: d.next()})
	if d.audience == "vip" {
		rows = append(rows, row{contact: d.some(1)[0], status: realized, at: d.next(), first: strings.Repeat("long ", longest)})
	}
	d.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

func (d *driver) name(i int) string {
	if d.audience != "vip" || d.random.IntN(5) == 0 {
		return ""
	}
	return fmt.Sprintf("Given %d-%d", d.round, i)
}

// activate exports the next generation and compares the report with what it must be.
func (d *driver) activate(ctx context.Context, contacts int) {
	rows := d.generation(contacts)
	want := d.place.model.export(d.audience, rows)
	d.write(rows)
	d.timeline.note("%s: activating %d records", d.id(), len(rows))
	run := d.begin(ctx, d.id(), "activate", "-f", d.file(), "--detach")
	report, ok := d.end(ctx, d.id(), run)
	if !ok {
		return
	}
	failed := d.refused(ctx, run, report)
	latest := winners(rows)
	for contact := range failed {
		want.Failed++
		want.Activated--
		if latest[contact].status == realized {
			want.ByStatus.Realized--
		} else {
			want.ByStatus.Exited--
		}
	}
	d.place.model.apply(d.audience, latest, failed)
	d.compare("activate", report, want)
	if report.Failed > 0 && (len(failed) > 0 || d.random.IntN(3) == 0) {
		d.replay(ctx, report, latest, failed)
	}
}

func (d *driver) write(rows []row) {
	path := filepath.Join(d.folder, d.place.name+"-"+d.audience+".ndjson")
	if err := os.WriteFile(path, []byte(profiles(d.audience, rows)), 0o600); err != nil {
		d.timeline.fault("%v", err)
	}
}

// refused are the contacts that a plug-in of the simulated environment has refused: they alone may fail beside those that must.
func (d *driver) refused(ctx context.Context, run string, report activities.Report) map[string]bool {
	failed := map[string]bool{}
	if report.Failed == 0 {
		return failed
	}
	var rejected []struct{ Contact, Outcome, Reason, Code string }
	if !d.document(ctx, &rejected, "rejected", run) {
		return failed
	}
	for _, r := range rejected {
		switch {
		case r.Outcome != "failed" || r.Reason == "invalid_value" || r.Reason == "contact_not_found":
		case r.Reason == "plugin_error":
			failed[r.Contact] = true
		default:
			failed[r.Contact] = true
			d.timeline.fault("%s: a row failed for good: %s %s", d.id(), r.Reason, r.Code)
		}
	}
	return failed
}

// compare says what of a report is not as it must be.
func (d *driver) compare(step string, report activities.Report, want runs.Numbers) {
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

// replay sends the failed rows of a run again: those that a plug-in refused get through, the others fail as before.
func (d *driver) replay(ctx context.Context, of activities.Report, rows map[string]row, failed map[string]bool) {
	d.timeline.note("%s: replaying %d rows, of which %d must get through", d.id(), of.Failed, len(failed))
	run := d.begin(ctx, d.id(), "replay", of.Run)
	report, ok := d.end(ctx, d.id(), run)
	if !ok {
		return
	}
	still := d.refused(ctx, run, report)
	want := runs.Numbers{Received: of.Failed, Failed: of.Failed - int64(len(failed)-len(still))}
	again := map[string]row{}
	for contact := range failed {
		if still[contact] {
			continue
		}
		again[contact] = rows[contact]
		want.Activated++
		if rows[contact].status == realized {
			want.ByStatus.Realized++
		} else {
			want.ByStatus.Exited++
		}
	}
	d.place.model.apply(d.audience, again, nil)
	d.compare("replay", report, want)
}

// hijack changes contacts behind our back: the validation must find them all, and no others; the repair must mend them.
func (d *driver) hijack(ctx context.Context) {
	var known []string
	for contact := range d.place.model.exported(d.audience) {
		known = append(known, contact)
	}
	slices.Sort(known)
	if len(known) == 0 {
		return
	}
	d.random.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
	known, total := known[:min(len(known), 1+d.random.IntN(12))], len(known)
	d.overwrite(known)
	found := d.validate(ctx, command.ExitMismatch)
	if n := int64(len(known)); found.Mismatched != n || found.Expected != int64(total) || found.Missing+found.Unexpected != 0 {
		d.timeline.fault("%s: %d of %d contacts were changed, and the validation says %s", d.id(), n, total, shown(found))
	}
	for ctx.Err() == nil {
		r := d.starter(ctx, "validate", "-f", d.file(), "--repair")
		if r.code == command.ExitDone {
			d.timeline.note("%s: %d contacts repaired", d.id(), len(known))
			return
		}
		d.timeline.note("%s: validate --repair: exit %d: %s", d.id(), r.code, r.said())
		if run, ok := d.latest(ctx, d.id()); ok && run != "" {
			d.end(ctx, d.id(), run) // the repair goes on without the command
		}
	}
	d.timeline.fault("%s: the repair never came to its end", d.id())
}

// overwrite changes the status column of contacts as somebody else would.
func (d *driver) overwrite(contacts []string) {
	var changes []map[string]any
	for _, contact := range contacts {
		changes = append(changes, map[string]any{"contactid": contact, statusColumn(d.audience): "hijacked"})
	}
	for {
		_, err := d.place.control(http.MethodPost, "contacts", changes)
		if err == nil {
			break
		}
		d.timeline.note("%v", err)
	}
	d.place.changed(statusColumn(d.audience), contacts, "hijacked")
	d.timeline.note("%s: %d contacts changed behind our back", d.id(), len(contacts))
}

// validate reads the audience back and gives the verdict, which must be that of an exit code.
func (d *driver) validate(ctx context.Context, code int) activities.Validation {
	var report activities.Validation
	if !d.document(ctx, &report, "validate", "-f", d.file()) {
		return report
	}
	want := runs.VerdictMatch
	if code == command.ExitMismatch {
		want = runs.VerdictMismatch
	}
	if report.Verdict != want {
		d.timeline.fault("%s: the validation says %s, and it must say %s: %s", d.id(), report.Verdict, want, shown(report))
	}
	return report
}

// unmap clears the audience's column.
func (d *driver) unmap(ctx context.Context) {
	d.timeline.note("%s: unmapping", d.id())
	run := d.begin(ctx, d.id(), "unmap", "-f", d.file())
	report, ok := d.end(ctx, d.id(), run)
	if !ok {
		return
	}
	cleared := d.place.model.clear(d.audience)
	if report.Activated != cleared || report.Received != cleared || report.Status != runs.StatusCompleted {
		d.timeline.fault("%s: unmap (%s) must clear %d contacts, and reports %s %s: %s", d.id(), run, cleared, report.Status, shown(report.Numbers), report.Reason)
	}
}
