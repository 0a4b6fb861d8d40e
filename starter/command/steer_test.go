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
	paused := activities.Report{WorkflowID: "activate/d/a", Status: runs.StatusPaused}
	for name, c := range map[string]struct {
		signal workflows.Signal
		before activities.Report
		says   string
	}{
		"approve of a destination's pause": {workflows.Approve, byDestination, "starter resume --destination d"},
		"resume of a destination's pause":  {workflows.Resume, byDestination, "starter resume --destination d"},
		"approve of a paused run":          {workflows.Approve, paused, "starter resume activate/d/a"},
		"resume of a waiting run":          {workflows.Resume, waiting, "starter approve activate/d/a"},
	} {
		err := (&App{}).judge(c.signal, c.before, c.before)
		require.Equal(t, ExitUsage, Code(err), name)
		require.ErrorContains(t, err, c.says, name)
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
