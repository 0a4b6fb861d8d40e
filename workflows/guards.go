package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

const (
	// rowsJudgedFrom rows on, a share says something.
	rowsJudgedFrom = 100
	// badJudgedFrom failed or excluded rows on, their share says something.
	badJudgedFrom = 20
	// completeExitShare is the share of a complete source's exits beyond which somebody looks
	// first.
	completeExitShare = 0.9
	// failuresJudgedBefore is from how many sent rows on failures were judged before
	// versionFailures.
	failuresJudgedBefore = 1_000
)

// versionFailures marks the histories of runs that judge failures from rowsJudgedFrom rows on.
const versionFailures = "failures judged from 100 rows on"

// tripped lists the guards by which a plan must not be carried out before somebody has looked at
// it.
func tripped(guard activities.Guard, r activities.Risks) []runs.TrippedGuard {
	var list []runs.TrippedGuard
	for _, judge := range []func(activities.Guard, activities.Risks) *runs.TrippedGuard{
		completeEmpty, completeExits, completeUnreadable, exitShare, failedShare, excludedShare, overwriteShare,
	} {
		if t := judge(guard, r); t != nil {
			t.Share = ratio(t.Rows, t.Of)
			list = append(list, *t)
		}
	}
	return list
}

// reasonOf says for people why the guards hold a run.
func reasonOf(list []runs.TrippedGuard) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = t.Says
	}
	return strings.Join(texts, " ")
}

// completeEmpty holds the exits of a complete source without a single record: most often an export
// that went wrong.
func completeEmpty(_ activities.Guard, r activities.Risks) *runs.TrippedGuard {
	if !r.Complete || r.Records > 0 || r.Exits == 0 {
		return nil
	}
	return &runs.TrippedGuard{Guard: runs.GuardComplete, Rows: r.Leaving, Of: r.Realized, Says: runs.Sprintf(
		"The source holds no record, and with complete: true %s of %s contacts realized now would leave the audience. "+
			"If that is right, approve; if not, cancel and look at the export.", r.Leaving, r.Realized)}
}

// completeExits holds a complete source by which nearly everybody would leave, however few they
// are.
func completeExits(_ activities.Guard, r activities.Risks) *runs.TrippedGuard {
	if !r.Complete || r.Records == 0 || ratio(r.Leaving, r.Realized) <= completeExitShare {
		return nil
	}
	return &runs.TrippedGuard{Guard: runs.GuardComplete, Rows: r.Leaving, Of: r.Realized, Limit: completeExitShare,
		Says: runs.Sprintf("%s of %s contacts realized now would leave the audience: more than %.4g, at which complete: true waits. "+
			"If that is right, approve; if not, cancel and look at the source.", r.Leaving, r.Realized, completeExitShare)}
}

// completeUnreadable holds exits by absence where whoever is absent may stand in a record that
// could not be read.
func completeUnreadable(_ activities.Guard, r activities.Risks) *runs.TrippedGuard {
	if r.Unreadable == 0 || r.Absent == 0 || r.Exits == 0 {
		return nil
	}
	return &runs.TrippedGuard{Guard: runs.GuardComplete, Rows: r.Unreadable, Of: r.Records, Says: runs.Sprintf(
		"%s contacts would leave since the source, which is complete, does not name them, but %s of its records cannot be read and "+
			"may be theirs. Look at them with \"starter rejected\"; if the exits are right, approve; if not, cancel and mend the source.",
		r.Absent, r.Unreadable)}
}

// exitShare judges maxExitShare. An empty ledger is judged by the rows to send.
func exitShare(guard activities.Guard, r activities.Risks) *runs.TrippedGuard {
	part, whole, text := r.Leaving, r.Realized, "contacts realized now"
	if r.FirstRun {
		part, whole, text = r.Exits, r.ToSend, "rows to send"
	}
	if whole < rowsJudgedFrom || ratio(part, whole) <= guard.MaxExitShare {
		return nil
	}
	return &runs.TrippedGuard{Guard: "maxExitShare", Rows: part, Of: whole, Limit: guard.MaxExitShare, Says: runs.Sprintf(
		"%s of %s %s would leave the audience: more than maxExitShare %.4g. If that is right, approve; if not, cancel and look at the source.",
		part, whole, text, guard.MaxExitShare)}
}

// failedShare judges maxFailedShare by the rows that failed before anything was sent.
func failedShare(guard activities.Guard, r activities.Risks) *runs.TrippedGuard {
	rows := r.ToSend + r.Unsent
	if !beyond(r.Unsent, rows, guard.MaxFailedShare) {
		return nil
	}
	return &runs.TrippedGuard{Guard: "maxFailedShare", Rows: r.Unsent, Of: rows, Limit: guard.MaxFailedShare, Says: runs.Sprintf(
		"%s of %s rows to send have failed before sending: more than maxFailedShare %.4g. "+
			"Look at them with \"starter rejected\"; approve to send the others, or cancel and mend the source.",
		r.Unsent, rows, guard.MaxFailedShare)}
}

// excludedShare judges maxExcludedShare.
func excludedShare(guard activities.Guard, r activities.Risks) *runs.TrippedGuard {
	excluded := unusable(r.Excluded, r.WithoutID, r.Rows)
	if !beyond(excluded, r.Rows, guard.MaxExcludedShare) {
		return nil
	}
	return &runs.TrippedGuard{Guard: "maxExcludedShare", Rows: excluded, Of: r.Rows, Limit: guard.MaxExcludedShare, Says: runs.Sprintf(
		"%s of %s records are excluded: more than maxExcludedShare %.4g. "+
			"Look at them with \"starter rejected\"; approve to send the others, or cancel and mend the source.",
		excluded, r.Rows, guard.MaxExcludedShare)}
}

// excluding says why a stream should not go on without somebody having looked; "" when it may.
func excluding(ctx workflow.Context, guard activities.Guard, n runs.Numbers) string {
	excluded := unusable(n.Excluded, n.Reasons[runs.ReasonMissingContactID], n.Received)
	if !beyond(excluded, n.Received, guard.MaxExcludedShare) || !judgesEarly(ctx) {
		return ""
	}
	return runs.Sprintf("%s of %s profiles of this hour are excluded: more than maxExcludedShare %.4g. "+
		"Look at them with \"starter rejected\", mend the sender, then resume.", excluded, n.Received, guard.MaxExcludedShare)
}

// unusable counts excluded records that say something is wrong. Anonymous profiles are ordinary:
// those without a contact id do not count, unless there are no others.
func unusable(excluded, withoutID, rows int64) int64 {
	if withoutID < rows {
		return excluded - withoutID
	}
	return excluded
}

// overwriteShare judges maxOverwriteShare, on a first run.
func overwriteShare(guard activities.Guard, r activities.Risks) *runs.TrippedGuard {
	if !r.FirstRun || ratio(r.Overwrites, r.ToSend) <= guard.MaxOverwriteShare {
		return nil
	}
	return &runs.TrippedGuard{Guard: "maxOverwriteShare", Rows: r.Overwrites, Of: r.ToSend, Limit: guard.MaxOverwriteShare,
		Says: runs.Sprintf("%s of %s contacts already hold a word in this column that is not ours: more than maxOverwriteShare %.4g. "+
			"If the column may be taken over, approve; if not, cancel and choose another mappingId.",
			r.Overwrites, r.ToSend, guard.MaxOverwriteShare)}
}

// repairShare judges maxRepairShare: a repair that nobody has asked for by hand.
func repairShare(guard activities.Guard, toSend, readBack int64) []runs.TrippedGuard {
	if !beyond(toSend, readBack, guard.MaxRepairShare) {
		return nil
	}
	return []runs.TrippedGuard{{Guard: "maxRepairShare", Rows: toSend, Of: readBack, Share: ratio(toSend, readBack), Limit: guard.MaxRepairShare,
		Says: runs.Sprintf("%s of %s contacts read back would be written once more: more than maxRepairShare %.4g. "+
			"If what the ledger has is right, approve; if it was changed in Dynamics on purpose, cancel.", toSend, readBack, guard.MaxRepairShare)}}
}

// beyond tells whether bad ones of so many rows are more than a share, where there are enough of
// both to say so.
func beyond(bad, rows int64, share float64) bool {
	return rows >= rowsJudgedFrom && bad >= badJudgedFrom && ratio(bad, rows) > share
}

// failing says why a run should not go on sending; "" when it may. Of the failures, unsent were
// known before anything was sent, beside toSend rows that the plan has left to send.
func failing(ctx workflow.Context, guard activities.Guard, n runs.Numbers, unsent, toSend int64) string {
	failed := n.FailedForShare() - unsent
	sent := n.Activated + failed
	share := guard.MaxFailedShare
	const mend = "Look at them with \"starter rejected\", mend the cause, then resume."
	if failingSent(ctx, share, failed, sent) {
		return runs.Sprintf("%s of %s rows sent have failed: more than maxFailedShare %.4g. %s", failed, sent, share, mend)
	}
	approved := beyond(unsent, toSend+unsent, share) // by whoever has let the run begin
	if unsent > 0 && failed > 0 && !approved && beyond(failed+unsent, toSend+unsent, share) && judgesEarly(ctx) {
		return runs.Sprintf("%s of %s rows to send have failed, %s of them before sending: more than maxFailedShare %.4g. %s",
			failed+unsent, toSend+unsent, unsent, share, mend)
	}
	return ""
}

// failingSent judges the rows sent so far.
func failingSent(ctx workflow.Context, share float64, failed, sent int64) bool {
	before := sent >= failuresJudgedBefore && ratio(failed, sent) > share
	now := beyond(failed, sent, share)
	if now != before && !judgesEarly(ctx) {
		return before
	}
	return now
}

// judgesEarly is false in runs whose history is from before failures were judged from
// rowsJudgedFrom rows on. It is asked only where that decides.
func judgesEarly(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, versionFailures, workflow.DefaultVersion, 1) == 1
}

func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
