package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// logBegin writes one line where a run begins. A replay writes nothing.
func logBegin(ctx workflow.Context, run, kind string, a activities.Activation) {
	workflow.GetLogger(ctx).Info("run begins", "run", run, "kind", kind, "destination", a.Destination, "audience", a.Audience)
}

// logEnd writes one line where a run ends, with its numbers.
func logEnd(ctx workflow.Context, r runs.Report) {
	fields := []any{
		"run", r.Run, "kind", r.Kind, "destination", r.Destination, "audience", r.Audience, "status", r.Status,
		"received", r.Received, "activated", r.Activated, "unchanged", r.Unchanged, "superseded", r.Superseded,
		"excluded", r.Excluded, "failed", r.Failed, "pending", r.Pending,
	}
	if r.Reason != "" {
		fields = append(fields, "reason", r.Reason)
	}
	if r.Validation != nil {
		fields = append(fields, "verdict", r.Validation.Verdict)
	}
	workflow.GetLogger(ctx).Info("run ended", fields...)
}

// logValidation writes one line where a validation that is a run of its own ends.
func (v *validating) logValidation(ctx workflow.Context, run string, err error) {
	a, r := v.in.Activation, v.result
	fields := []any{"run", run, "kind", runs.KindValidate, "destination", a.Destination, "audience", a.Audience}
	if err != nil {
		workflow.GetLogger(ctx).Info("run ended", append(fields, "error", err)...)
		return
	}
	workflow.GetLogger(ctx).Info("run ended", append(fields, "verdict", r.Verdict,
		"expected", r.Expected, "matched", r.Matched, "mismatched", r.Mismatched, "missing", r.Missing, "unexpected", r.Unexpected)...)
}
