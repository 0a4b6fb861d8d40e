package command

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/store/inbox"
	"audienceflow/workflows"
)

// addExecution tells of a run what Temporal knows: its id, and when it began. It returns how the
// run stood when it last said so.
func (a *App) addExecution(ctx context.Context, r *runs.Report) (status string) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, r.WorkflowID, "")
	if err != nil {
		return runs.StatusRunning
	}
	info := listedOf(described.GetWorkflowExecutionInfo())
	r.Run, r.StartedAt = info.Run, info.StartedAt
	if info.EndedAt != nil {
		return runs.StatusRunning // its worker has only just ended it
	}
	return info.Status
}

// addSteps adds to a report what Temporal knows of the steps under way: what is being tried again,
// and how far one is that counts.
func (a *App) addSteps(ctx context.Context, r *runs.Report) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, r.WorkflowID, "")
	if err != nil {
		return
	}
	r.Retrying = trouble(described.GetPendingActivities())
	for _, step := range described.GetPendingActivities() {
		var done activities.StepProgress
		if step.GetActivityType().GetName() == runs.StageAudienceType && r.Status == runs.StatusRunning &&
			converter.GetDefaultDataConverter().FromPayloads(step.GetHeartbeatDetails(), &done) == nil {
			if p := runs.ProgressOf("records", done.Done, done.Of, time.Since(step.GetLastStartedTime().AsTime())); p != nil {
				r.Progress = p
			}
		}
	}
}

// trouble says what keeps a run busy trying again: the last failure of a step that is being
// retried, or "".
func trouble(steps []*workflow.PendingActivityInfo) string {
	if waits := waitsFor(steps); waits != "" {
		return waits
	}
	for _, step := range steps {
		failed := step.GetLastFailure()
		if step.GetAttempt() < 2 || failed == nil || step.GetActivityType().GetName() == runs.AwaitDestinationType { // the report says so itself
			continue
		}
		text := fmt.Sprintf("%s, attempt %d: %s", step.GetActivityType().GetName(), step.GetAttempt(), failureText(failed))
		if step.GetState() == enums.PENDING_ACTIVITY_STATE_STARTED {
			return fmt.Sprintf("%s, attempt %d is under way; the one before failed: %s", step.GetActivityType().GetName(), step.GetAttempt(),
				failureText(failed))
		}
		if next := step.GetScheduledTime(); next.IsValid() && next.AsTime().After(time.Now()) {
			text += fmt.Sprintf(" (again in %s, at %s)", report.While(time.Until(next.AsTime())), next.AsTime().Local().Format(time.TimeOnly))
		}
		return text
	}
	return ""
}

// waitsFor says how long a step waits for rows that a worker which stopped has left, "" where none
// does; of several the one that waits longest.
func waitsFor(steps []*workflow.PendingActivityInfo) string {
	var longest activities.StepProgress
	name := ""
	for _, step := range steps {
		var p activities.StepProgress
		if converter.GetDefaultDataConverter().FromPayloads(step.GetHeartbeatDetails(), &p) == nil && p.Until.After(longest.Until) {
			longest, name = p, step.GetActivityType().GetName()
		}
	}
	return longest.Waits(name, time.Now())
}

// failureText says what has failed a step, also where it is Temporal that says so.
func failureText(f *failure.Failure) string {
	switch f.GetTimeoutFailureInfo().GetTimeoutType() {
	case enums.TIMEOUT_TYPE_HEARTBEAT:
		return "its worker was not heard of any more"
	case enums.TIMEOUT_TYPE_START_TO_CLOSE:
		return "it took longer than it may"
	}
	return f.GetMessage()
}

// lastEvents is how far back from a run's end its cancellation is looked for: after it come the
// requests under way, at most one a slot, and the record of the run.
const lastEvents = 500

// addCanceler adds to the report of a canceled run why and by whom it was: the run itself is told
// only that it is to end, the order stands in its history.
func (a *App) addCanceler(ctx context.Context, r *runs.Report) {
	if r.Status != runs.StatusCanceled {
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

// addBacklog brings the backlog of a stream's report up to date, where the starter can look into
// the store: the workflow itself knows only how it was when it last looked, which is long ago for
// one that is paused.
func (a *App) addBacklog(ctx context.Context, r *runs.Report) {
	if r.Kind != runs.KindStream {
		return
	}
	kept, err := a.storeOf(ctx, r.StoreID)
	if err != nil {
		return // the report stays as the workflow gave it
	}
	defer a.closeStore(kept)
	state, err := kept.Stream(ctx, inbox.StreamKey{Destination: r.Destination, Audience: r.Audience})
	if err != nil {
		return
	}
	if state.Notes != "" {
		r.Notes = append(slices.Clone(r.Notes), strings.Split(state.Notes, "\n")...)
	}
	status := activities.StreamStatusOf(state, time.Now())
	if status.Unmapped, err = kept.Unmapped(ctx, r.Destination); err != nil {
		status.Unmapped = nil // what the workflow knows is shown all the same
	}
	r.Stream = &status
}

// streamType is the workflow type of streams.
const streamType = workflows.StreamAudienceType

// addDetails completes the reasons of runs that have failed at their sources, and notes about
// sources, with what the store keeps apart: words of a source do not travel through Temporal.
// Without the store both are shorter.
func (a *App) addDetails(reports []runs.Report) {
	for i, r := range reports {
		switch {
		case r.Status == runs.StatusFailed && r.FailureType == activities.ErrSourceUnusable:
			reports[i].Reason = withDetail(r.Reason, a.failureDetail(r.Run))
		case len(r.Notes) > 0:
			if detail := a.failureDetail(r.Run); detail != "" {
				reports[i].Notes = append(slices.Clone(r.Notes), "the source: "+detail)
			}
		}
	}
}

// failureDetail is what the store keeps of the failure of a run or a check, "" for nothing.
func (a *App) failureDetail(run string) string {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime) // a command that is being ended still says why
	defer cancel()
	kept, err := a.openStore(ctx)
	if err != nil {
		return ""
	}
	defer a.closeStore(kept)
	detail, err := kept.FailureDetail(ctx, run)
	if err != nil {
		return ""
	}
	return detail
}

func withDetail(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + "; " + detail
}
