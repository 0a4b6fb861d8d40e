package report

import (
	"audienceflow/activities"
	"audienceflow/runs"
)

// Progress is how far a run is, in one line.
func Progress(r activities.Report) string {
	text := r.WorkflowID + ": " + Status(r)
	if r.Received > 0 {
		text += ": " + rowsDone(r)
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	if r.Retrying != "" {
		text += "; retrying " + r.Retrying
	}
	return text
}

// rowsDone counts the rows that are settled. A plan settles all of them at once, at its end.
func rowsDone(r activities.Report) string {
	rows := Counted(r.Received, "row")
	settled := "settled"
	if r.Kind == runs.KindPlan {
		settled = "planned"
		if !r.Ended() {
			return rows + " staged"
		}
	}
	return counts("%s of %s %s, %s %s, %s failed", r.Received-r.Pending, rows, settled, r.Activated, changedWord(r), r.Failed)
}
