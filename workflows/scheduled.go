package workflows

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// ScheduledInput is what a schedule starts: an activation or, with Validate, a validation.
type ScheduledInput struct {
	Activation       activities.Activation `json:"activation"`
	Full             bool                  `json:"full,omitempty"`
	Validate         bool                  `json:"validate,omitempty"`
	SearchAttributes bool                  `json:"searchAttributes,omitempty"`
	// File, Cron and Zone are what the schedule was made of, for those who list it.
	File string `json:"file,omitempty"`
	Cron string `json:"cron,omitempty"`
	Zone string `json:"zone,omitempty"`
}

// ScheduledResult says what came of it. Skipped is set when the audience was being written already.
type ScheduledResult struct {
	WorkflowID string `json:"workflowId"`
	Skipped    bool   `json:"skipped,omitempty"`
}

// RunOnSchedule starts an activation or a validation under its own id and waits for its end. Temporal gives what a
// schedule starts an id of its own; without this step an audience could have two writers.
func RunOnSchedule(ctx workflow.Context, in ScheduledInput) (ScheduledResult, error) {
	a := in.Activation
	id, child, input := ActivateID(a.Destination, a.Audience), any(ActivateAudience), any(ActivateInput{
		Activation: a, Full: in.Full, SearchAttributes: in.SearchAttributes,
	})
	if in.Validate {
		id, child, input = ValidateID(a.Destination, a.Audience), ValidateExport, ValidateInput{Activation: a, SearchAttributes: in.SearchAttributes}
	}
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON, // ending the schedule's own workflow does not end a run
		StaticSummary:         "Started by schedule",
	})
	run := workflow.ExecuteChildWorkflow(ctx, child, input)
	err := run.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return ScheduledResult{WorkflowID: id, Skipped: true}, nil
	}
	if err != nil {
		return ScheduledResult{WorkflowID: id}, err
	}
	return ScheduledResult{WorkflowID: id}, run.Get(ctx, nil)
}
