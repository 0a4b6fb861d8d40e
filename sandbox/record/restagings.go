package main

import (
	"strings"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// restagings are runs over rows that the store knows.
var restagings = []scenario{
	{paths: "replay-completed", take: func(w *world) {
		w.write("vip.csv", "id,first,status\n"+
			contact(0)+","+strings.Repeat("x", 51)+",realized\n"+
			contact(1)+",Fine,realized\n")
		a := w.activation("onBadValue: reject")
		run := w.finished(w.activate(workflows.ActivateInput{Activation: a}))
		w.expect(run.Failed == 1, "one row must fail, not %d", run.Failed)
		id := w.activate(workflows.ActivateInput{
			Activation: a, Kind: runs.KindReplay, Rows: activities.RowsFailed, Of: run.Run,
			Corrections: w.write("corrected.csv", "line,FirstName\n2,Short\n"),
		})
		again := w.finished(id)
		w.expect(again.Activated == 1, "the row put right must be activated: %+v", again.Numbers)
		w.keep("replay-completed", id)
	}},
	{paths: "repair-completed validate-mismatch", take: func(w *world) {
		w.activated(w.set.contacts)
		w.change(map[string]any{"contactid": contact(0), column: "exited"},
			map[string]any{"contactid": contact(1), "firstname": "Other"})
		id, found := w.validate()
		w.expect(found.Mismatched == 2, "two contacts differ, not %d", found.Mismatched)
		w.keep("validate-mismatch", id)
		id = w.activate(workflows.ActivateInput{
			Kind: runs.KindRepair, Rows: activities.RowsDiffering, Of: found.Validation,
		})
		again := w.finished(id)
		w.expect(again.Activated == 2, "two contacts must be repaired: %+v", again.Numbers)
		w.keep("repair-completed", id)
	}},
	{paths: "unmap-completed", take: func(w *world) {
		w.activated(w.set.contacts)
		id := w.activate(workflows.ActivateInput{Kind: runs.KindUnmap, Rows: activities.RowsExported})
		w.finished(id)
		w.keep("unmap-completed", id)
	}},
}
