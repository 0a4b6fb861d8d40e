package command

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
	byDestination := activities.Report{
		WorkflowID: "activate/d/a", Destination: "d", Status: runs.StatusPaused, DestinationPaused: true, Reason: "destination d is paused", By: "ann",
	}
	waiting := activities.Report{WorkflowID: "activate/d/a", Status: runs.StatusWaiting}
	for name, c := range map[string]struct {
		signal workflows.Signal
		before activities.Report
		says   string
	}{
		"resume of a destination's pause": {workflows.Resume, byDestination, "starter resume --destination d"},
		"resume of a waiting run":         {workflows.Resume, waiting, "starter approve activate/d/a"},
	} {
		err := (&App{}).judge(c.signal, c.before, c.before)
		require.Equal(t, ExitUsage, Code(err), name)
		require.ErrorContains(t, err, c.says, name)
	}
}

// asked answers queries with a report, and counts the signals that it is sent.
type asked struct {
	client.Client
	report  activities.Report
	signals int
}

func (a *asked) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	payload, err := converter.GetDefaultDataConverter().ToPayloads(a.report)
	return client.NewValue(payload), err
}

func (a *asked) SignalWorkflow(context.Context, string, string, string, any) error {
	a.signals++
	return nil
}

// TestAHeldRunIsNotApproved: the run would keep an approval and act on it once it is let go, when nobody thinks of it any more.
func TestAHeldRunIsNotApproved(t *testing.T) {
	held := activities.Report{WorkflowID: "activate/d/a", Destination: "d", Status: runs.StatusPaused}
	byDestination, quiet := held, held
	byDestination.DestinationPaused, byDestination.Reason, byDestination.By = true, "destination d is paused", "ann"
	quiet.QuietHours, quiet.Reason = true, "quiet hours until 06:00"
	for says, report := range map[string]activities.Report{
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
type closed struct{ client.Client }

func (closed) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflow.WorkflowExecutionInfo{
		Status: enums.WORKFLOW_EXECUTION_STATUS_COMPLETED, CloseTime: timestamppb.New(time.Now()),
	}}, nil
}

func TestACancellationOfWhatHasEndedSaysSo(t *testing.T) {
	err := (&App{Temporal: closed{}}).Cancel(t.Context(), "activate/d/a", "")
	require.Equal(t, ExitUsage, Code(err))
	require.ErrorContains(t, err, "has ended already, as completed")
	require.ErrorContains(t, err, "starter status activate/d/a")
}
