package chaos

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"audienceflow/runs"
	"audienceflow/starter/command"
)

// hijack changes contacts behind our back: the validation must find them all, and no others; the
// repair must mend them.
func (d *driver) hijack(ctx context.Context) {
	exported := d.place.model.exported(d.audience)
	var known []string
	for contact := range exported {
		if !d.place.model.buried(contact) {
			known = append(known, contact)
		}
	}
	slices.Sort(known)
	if len(known) == 0 {
		return
	}
	missing := int64(len(exported) - len(known))
	d.random.Shuffle(len(known), func(i, j int) { known[i], known[j] = known[j], known[i] })
	known = known[:min(len(known), 1+d.random.IntN(12))]
	d.overwrite(known)
	found := d.validate(ctx, command.ExitMismatch)
	if n := int64(len(known)); found.Mismatched != n || found.Expected != int64(len(exported)) || found.Missing != missing || found.Unexpected != 0 {
		d.timeline.fault("%s: %d of %d contacts were changed and %d deleted, and the validation says %s",
			d.id(), n, len(exported), missing, shown(found))
	}
	d.repair(ctx)
}

// repair mends an audience, and has the ledger forget the contacts that are gone.
func (d *driver) repair(ctx context.Context) {
	for ctx.Err() == nil {
		var found runs.Validation
		r := d.starter(ctx, "validate", "-f", d.file(), "--repair", "-o", "json")
		if r.out != "" && json.Unmarshal([]byte(r.out), &found) == nil && found.Mismatched == 0 {
			if found.Missing != 0 || found.Unexpected != 0 {
				d.timeline.fault("%s: after the repair, which forgets contacts that are deleted, the validation says %s", d.id(), shown(found))
			}
			d.place.model.forget(d.audience)
			d.timeline.note("%s: repaired", d.id())
			return
		}
		d.timeline.note("%s: validate --repair: exit %d: %s", d.id(), r.code, r.said())
		if run, ok := d.latest(ctx, d.id()); ok && run != "" {
			d.end(ctx, d.id(), run) // the repair goes on without the command
		}
		d.untilMended(ctx)
	}
	d.timeline.fault("%s: the repair never came to its end", d.id())
}

// overwrite changes the status column of contacts as somebody else would.
func (d *driver) overwrite(contacts []string) {
	d.change(contacts, map[string]any{statusColumn(d.audience): "hijacked"})
	d.place.changed(statusColumn(d.audience), contacts, "hijacked")
	d.timeline.note("%s: %d contacts changed behind our back", d.id(), len(contacts))
}

// bury deletes contacts as somebody else would: rows for them fail from now on, and validations
// miss them.
func (d *driver) bury() {
	var gone []string
	for range 1 + d.random.IntN(3) {
		contact := d.place.contacts[d.random.IntN(mortals)]
		if !d.place.model.buried(contact) && !slices.Contains(gone, contact) {
			gone = append(gone, contact)
		}
	}
	if len(gone) == 0 {
		return
	}
	d.change(gone, map[string]any{"delete": true})
	d.place.model.bury(gone)
	d.timeline.note("%s: %d contacts deleted behind our back", d.id(), len(gone))
}

// change changes contacts past the proxy.
func (d *driver) change(contacts []string, values map[string]any) {
	var changes []map[string]any
	for _, contact := range contacts {
		one := map[string]any{"contactid": contact}
		for name, value := range values {
			one[name] = value
		}
		changes = append(changes, one)
	}
	for {
		_, err := d.place.control(http.MethodPost, "contacts", changes)
		if err == nil {
			return
		}
		d.timeline.note("%v", err)
	}
}

// validate reads the audience back and gives the verdict, which must be that of an exit code.
func (d *driver) validate(ctx context.Context, code int) runs.Validation {
	var report runs.Validation
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
