package workflows

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// ScheduledInput is what a schedule starts: an activation or, with Validate, a validation.
type ScheduledInput struct {
	Activation activities.Activation `json:"activation"`
	Full       bool                  `json:"full,omitempty"`
	Validate   bool                  `json:"validate,omitempty"`
	// Repair has what a validation finds to differ written once more, as the ledger has it.
	Repair           bool `json:"repair,omitempty"`
	SearchAttributes bool `json:"searchAttributes,omitempty"`
	// File, Cron and Zone are what the schedule was made of, for those who list it.
	File string `json:"file,omitempty"`
	Cron string `json:"cron,omitempty"`
	Zone string `json:"zone,omitempty"`
}

// ScheduledResult says what came of it. Skipped is set when the audience was being written already.
type ScheduledResult struct {
	WorkflowID string `json:"workflowId"`
	Skipped    bool   `json:"skipped,omitempty"`
	// Repair is the id of the run that repaired what a validation found, if there was need of one.
	Repair string `json:"repair,omitempty"`
}

// RunOnSchedule starts an activation or a validation under its own id and waits for its end.
// Temporal gives what a schedule starts an id of its own; without this step an audience could have
// two writers.
func RunOnSchedule(ctx workflow.Context, in ScheduledInput) (ScheduledResult, error) {
	a := in.Activation
	id, child, input := ActivateID(a.Destination, a.Audience), any(ActivateAudience), any(ActivateInput{
		Activation: a, Full: in.Full, SearchAttributes: in.SearchAttributes,
	})
	if in.Validate {
		id, child, input = ValidateID(a.Destination, a.Audience), ValidateExport, ValidateInput{Activation: a, SearchAttributes: in.SearchAttributes}
	}
	out := ScheduledResult{WorkflowID: id}
	if !in.Validate || !in.Repair {
		var err error
		out.Skipped, err = runScheduled(ctx, id, "", child, input, nil)
		return out, err
	}
	var found runs.Validation
	var err error
	if out.Skipped, err = runScheduled(ctx, id, "", child, input, &found); err != nil || found.Mismatched+found.Missing == 0 {
		return out, err
	}
	out.Repair = ActivateID(a.Destination, a.Audience)
	out.Skipped, err = runScheduled(ctx, out.Repair, runs.KindRepair, ActivateAudience, ActivateInput{
		Activation: a, Kind: runs.KindRepair, Rows: activities.RowsDiffering, Of: found.Validation, SearchAttributes: in.SearchAttributes,
		ReadBack: found.Expected,
	}, nil)
	return out, err
}

// runScheduled starts a workflow under its own id and waits for its result. It is skipped while one
// goes on under that id. A kind that the id does not tell is kept for those who list it.
func runScheduled(ctx workflow.Context, id, kind string, child, input, result any) (skipped bool, err error) {
	var memo map[string]any
	if kind != "" {
		memo = map[string]any{MemoKind: kind}
	}
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		Memo:                  memo,
		WorkflowID:            id,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON, // ending the schedule's own workflow does not end a run
		StaticSummary:         "Started by schedule",
	})
	run := workflow.ExecuteChildWorkflow(ctx, child, input)
	err = run.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, run.Get(ctx, result)
}
