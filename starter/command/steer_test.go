package command

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

func TestASignalThatDoesNotHelpNamesWhatDoes(t *testing.T) {
	byDestination := runs.Report{
		WorkflowID: "activate/d/a", Destination: "d", Status: runs.StatusPaused, DestinationPaused: true, Reason: "destination d is paused", By: "ann",
	}
	waiting := runs.Report{WorkflowID: "activate/d/a", Status: runs.StatusWaiting}
	for name, c := range map[string]struct {
		signal workflows.Signal
		before runs.Report
		says   string
	}{
		"resume of a destination's pause": {workflows.Resume, byDestination, "starter resume --destination d"},
		"resume of a waiting run":         {workflows.Resume, waiting, "starter approve activate/d/a"},
	} {
		err := (&App{}).judge(c.signal, workflows.Order{}, c.before, c.before)
		require.Equal(t, ExitUsage, Code(err), name)
		require.ErrorContains(t, err, c.says, name)
	}
}

// asked answers queries with a report, and counts the signals that it is sent.
type asked struct {
	client.Client
	report  runs.Report
	signals int
}

func (a *asked) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	payload, err := converter.GetDefaultDataConverter().ToPayloads(a.report)
	return client.NewValue(payload), err
}

func (a *asked) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{
		Execution: &common.WorkflowExecution{WorkflowId: a.report.WorkflowID}, Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
	}}, nil
}

func (a *asked) SignalWorkflow(context.Context, string, string, string, any) error {
	a.signals++
	return nil
}

// TestAHeldRunIsNotApproved: the run would keep an approval and act on it once it is let go, when
// nobody thinks of it any more.
func TestAHeldRunIsNotApproved(t *testing.T) {
	held := runs.Report{WorkflowID: "activate/d/a", Destination: "d", Status: runs.StatusPaused}
	byDestination, quiet := held, held
	byDestination.DestinationPaused, byDestination.Reason, byDestination.By = true, "destination d is paused", "ann"
	quiet.QuietHours, quiet.Reason = true, "quiet hours until 06:00"
	for says, report := range map[string]runs.Report{
		"starter resume --destination d": byDestination, "starter resume activate/d/a": held, "approve it then": quiet,
	} {
		temporal := &asked{report: report}
		err := (&App{Temporal: temporal, Format: "json"}).Signal(t.Context(), workflows.Approve, "activate/d/a", workflows.Order{})
		require.Equal(t, ExitUsage, Code(err), says)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "othing was approved")
		require.Zero(t, temporal.signals)
	}
}

// closed knows one workflow, which has ended.
type closed struct {
	client.Client
	id     string
	status enums.WorkflowExecutionStatus
}

func (c closed) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{
		Execution: &common.WorkflowExecution{WorkflowId: c.id}, Status: c.status, CloseTime: timestamppb.New(time.Now()),
	}}, nil
}

// TestAnOrderToWhatHasEndedSaysHowItEndedAndWhatToDo: no order reaches it any more.
func TestAnOrderToWhatHasEndedSaysHowItEndedAndWhatToDo(t *testing.T) {
	for _, c := range []struct {
		id     string
		status enums.WorkflowExecutionStatus
		says   []string
	}{
		{"activate/d/a", enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, []string{"as completed", "starter status activate/d/a"}},
		{"activate/d/a", enums.WORKFLOW_EXECUTION_STATUS_FAILED, []string{"as failed", "starter status activate/d/a", "starter activate -f FILE"}},
		{"plan/d/a", enums.WORKFLOW_EXECUTION_STATUS_FAILED, []string{"as failed", "starter plan -f FILE"}},
		{"activate/d/a", enums.WORKFLOW_EXECUTION_STATUS_CANCELED, []string{"as canceled", "starter activate -f FILE"}},
		{"stream/d/a", enums.WORKFLOW_EXECUTION_STATUS_TERMINATED, []string{"as canceled", "starter serve"}},
	} {
		a := &App{Temporal: closed{id: c.id, status: c.status}}
		for order, err := range map[string]error{
			"pause":   a.Signal(t.Context(), workflows.Pause, c.id, workflows.Order{}),
			"resume":  a.Signal(t.Context(), workflows.Resume, c.id, workflows.Order{}),
			"approve": a.Signal(t.Context(), workflows.Approve, c.id, workflows.Order{}),
			"cancel":  a.Cancel(t.Context(), c.id, ""),
		} {
			require.Equal(t, ExitUsage, Code(err), order)
			require.ErrorContains(t, err, "has ended already")
			require.ErrorContains(t, err, "nothing to "+order)
			for _, says := range c.says {
				if order != "cancel" || !strings.Contains(says, "-f FILE") && says != "starter serve" {
					require.ErrorContains(t, err, says)
				}
			}
		}
	}
}

// TestWhatIsNoRunTakesNoOrder: kept by a workflow that does not listen, it would be lost, and look
// as if no worker were there.
func TestWhatIsNoRunTakesNoOrder(t *testing.T) {
	for id, says := range map[string]string{
		"validate/d/a": "starter pause --destination d", "hold/d": "starter resume --destination d",
	} {
		temporal := &asked{report: runs.Report{WorkflowID: id}}
		err := (&App{Temporal: temporal}).Signal(t.Context(), workflows.Pause, id, workflows.Order{})
		require.Equal(t, ExitUsage, Code(err), id)
		require.ErrorContains(t, err, says)
		require.Zero(t, temporal.signals)
	}
}

// TestReasonsAreSaidToBeShownOnlyWhereTheyAre: a run keeps none of what it was resumed or approved
// with.
func TestReasonsAreSaidToBeShownOnlyWhereTheyAre(t *testing.T) {
	a := &App{}
	require.Contains(t, newPause(a).Flag("reason").Usage, "wherever the run is")
	require.Contains(t, newResume(a).Flag("reason").Usage, "history")
	require.Contains(t, newApprove(a).Flag("reason").Usage, "history")
}

// answers are what workflows answer to queries, by their ids.
type answers struct {
	client.Client
	of map[string]any
}

func (a answers) QueryWorkflow(_ context.Context, id, _, _ string, _ ...any) (converter.EncodedValue, error) {
	payload, err := converter.GetDefaultDataConverter().ToPayloads(a.of[id])
	return client.NewValue(payload), err
}

// TestAValidationShowsTheTimeThatItsDestinationsPauseHasNow: nobody tells it of another one.
func TestAValidationShowsTheTimeThatItsDestinationsPauseHasNow(t *testing.T) {
	const id = "validate/d/a"
	old, now := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC), time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)
	held := runs.Report{WorkflowID: id, Destination: "d", Status: runs.StatusPaused, DestinationPaused: true, By: "ann", Until: &old,
		Reason: workflows.DestinationReason("d", activities.DestinationPause{Until: old, Reason: "month end"})}
	for name, until := range map[string]time.Time{"another time": now, "no time": {}} {
		hold := workflows.Hold{Status: runs.StatusPaused, Pause: activities.DestinationPause{By: "ben", Reason: "month end", Until: until}}
		a := &App{Temporal: answers{of: map[string]any{id: held, workflows.HoldID("d"): hold}}}
		r, err := a.queryValidation(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, "ben", r.By, name)
		require.Equal(t, until.IsZero(), r.Until == nil, name)
		require.NotContains(t, r.Reason, "08:00", name)
		require.Equal(t, !until.IsZero(), strings.Contains(r.Reason, "until 2026-11-27 09:30"), r.Reason)
	}
	over := &App{Temporal: answers{of: map[string]any{id: held, workflows.HoldID("d"): workflows.Hold{Status: runs.StatusCompleted}}}}
	r, err := over.queryValidation(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, held.Reason, r.Reason)
}
