package command

import (
	"context"

	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"audienceflow/activities"
)

// lastEvents is how far back from a run's end its cancellation is looked for: after it come the requests under way, at most one
// a slot, and the record of the run.
const lastEvents = 500

// addCanceler adds to the report of a canceled run why and by whom it was: the run itself is told only that it is to end, the
// order stands in its history.
func (a *App) addCanceler(ctx context.Context, r *activities.Report) {
	if r.Status != activities.StatusCanceled {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	history, err := a.Temporal.WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, &workflowservice.GetWorkflowExecutionHistoryReverseRequest{
		Namespace: a.Namespace, Execution: &common.WorkflowExecution{WorkflowId: r.WorkflowID}, MaximumPageSize: lastEvents,
	})
	if err != nil {
		return // the report stays as the run gave it
	}
	for _, event := range history.GetHistory().GetEvents() {
		order := ""
		switch event.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
			order = event.GetWorkflowExecutionCancelRequestedEventAttributes().GetCause()
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
			order = event.GetWorkflowExecutionTerminatedEventAttributes().GetReason()
		}
		if order != "" {
			r.Reason += ": " + order
			return
		}
	}
}
