package workflows

import (
	"fmt"

	"audienceflow/activities"
	"audienceflow/runs"
)

const (
	// exitsJudgedFrom rows on, a share of exits says something.
	exitsJudgedFrom = 100
	// failuresJudgedFrom sent rows on, a share of failures says something.
	failuresJudgedFrom = 1_000
)

// tripped says why a plan must not be carried out before somebody has looked at it; "" when it may.
func tripped(guard activities.Guard, r activities.Risks) string {
	if share, of := exitShare(r); share > guard.MaxExitShare {
		return fmt.Sprintf("%s would leave the audience: more than maxExitShare %.4g. If that is right, approve; if not, cancel and look at the source.",
			of, guard.MaxExitShare)
	}
	if r.Absent > 0 && r.Unreadable > 0 {
		return fmt.Sprintf("%d contacts would leave since the source, which is complete, does not name them, but %d of its records cannot be read and "+
			"may be theirs. Look at them with \"starter rejected\"; if the exits are right, approve; if not, cancel and mend the source.", r.Absent, r.Unreadable)
	}
	if r.FirstRun && r.ToSend > 0 {
		if share := ratio(r.Overwrites, r.ToSend); share > guard.MaxOverwriteShare {
			return fmt.Sprintf("%d of %d contacts already hold a word in this column that is not ours: more than maxOverwriteShare %.4g. "+
				"If the column may be taken over, approve; if not, cancel and choose another mappingId.", r.Overwrites, r.ToSend, guard.MaxOverwriteShare)
		}
	}
	return ""
}

// exitShare is the share that maxExitShare judges, with the words for it. An empty ledger is judged by the rows to send.
func exitShare(r activities.Risks) (float64, string) {
	part, whole, text := r.Leaving, r.Realized, "contacts realized now"
	if r.FirstRun {
		part, whole, text = r.Exits, r.ToSend, "rows to send"
	}
	if whole < exitsJudgedFrom {
		return 0, ""
	}
	return ratio(part, whole), fmt.Sprintf("%d of %d %s", part, whole, text)
}

// failing says why a run should not go on sending; "" when it may. Of the failures, unsent were known before anything was sent.
func failing(guard activities.Guard, n runs.Numbers, unsent int64) string {
	failed := n.FailedSending() - unsent
	sent := n.Activated + failed
	if sent < failuresJudgedFrom || ratio(failed, sent) <= guard.MaxFailedShare {
		return ""
	}
	return fmt.Sprintf("%d of %d rows sent have failed: more than maxFailedShare %.4g. Look at them with \"starter rejected\", mend the cause, then resume.",
		failed, sent, guard.MaxFailedShare)
}

func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
