package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
)

// versionVerdict marks histories of runs and validations that put their verdict where lists show
// it.
const versionVerdict = "verdict in lists"

// listsVerdicts is false in runs whose history is from before there was a verdict in lists.
func listsVerdicts(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, versionVerdict, workflow.DefaultVersion, 1) == 1
}

// listVerdict puts a verdict where lists show it: into the memo and, of a mismatch, into the search
// attribute ActivationStatus too. An empty one says that there was nothing to read back.
func listVerdict(ctx workflow.Context, known bool, a activities.Activation, verdict string) error {
	if verdict == "" || !listsVerdicts(ctx) {
		return nil
	}
	if err := workflow.UpsertMemo(ctx, map[string]any{MemoVerdict: verdict}); err != nil {
		return err
	}
	if verdict != runs.VerdictMismatch {
		return nil
	}
	return tag(ctx, known, a, runs.VerdictMismatch)
}

// versionUnproven marks histories of runs that say in lists that nobody has read back what they had
// written.
const versionUnproven = "unproven in lists"

// versionVerdictInResult marks histories of runs whose result has the verdict; in older ones it is
// in the result's validation alone.
const versionVerdictInResult = "verdict in results"

// listVerdict puts the verdict on what an ended run has written where lists show it, and into the
// run's result.
func (a *activation) listVerdict(ctx workflow.Context) {
	verdict := report.Complete(a.report).Verdict
	switch {
	case verdict == runs.VerdictUnproven && workflow.GetVersion(ctx, versionUnproven, workflow.DefaultVersion, 1) == 1:
	case a.report.Status == runs.StatusCompleted && a.report.Validation != nil:
	default:
		return
	}
	if err := listVerdict(ctx, a.in.SearchAttributes, a.in.Activation, verdict); err != nil {
		workflow.GetLogger(ctx).Warn("the verdict could not be put where lists show it", "error", err)
	}
	if workflow.GetVersion(ctx, versionVerdictInResult, workflow.DefaultVersion, 1) == 1 {
		a.report.Verdict = verdict
	}
}
