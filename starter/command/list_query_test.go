package command

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"audienceflow/runs"
)

// visibility lists closed runs, 100 a page however many are asked for.
type visibility struct {
	client.Client
	runs  int
	asked int
}

func (v *visibility) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	v.asked++
	from, _ := strconv.Atoi(string(r.GetNextPageToken())) // the first page has none
	page := &workflowservice.ListWorkflowExecutionsResponse{}
	for i := from; i < min(from+100, v.runs); i++ {
		page.Executions = append(page.Executions, &workflow.WorkflowExecutionInfo{
			Execution: &common.WorkflowExecution{WorkflowId: fmt.Sprintf("activate/d%d/a%d", i%10, i)},
			Status:    enums.WORKFLOW_EXECUTION_STATUS_COMPLETED,
		})
	}
	if from+100 < v.runs {
		page.NextPageToken = []byte(strconv.Itoa(from + 100))
	}
	return page, nil
}

func TestListingsGoThroughAllPagesAsFarAsTheyAreWanted(t *testing.T) {
	for _, c := range []struct {
		filter      listFilter
		found, asks int
	}{
		{listFilter{}, 1000, 10},
		{listFilter{destination: "d3"}, 100, 10},
		{listFilter{audience: "a999"}, 1, 10},
		{listFilter{limit: 150}, 200, 2},
		{listFilter{statuses: []string{runs.StatusFailed}}, 0, 10},
		{listFilter{kinds: []string{kindHold}, audience: "a1"}, 0, 0},
	} {
		v := &visibility{runs: 1000}
		all, err := (&App{Temporal: v}).listing(t.Context(), c.filter)
		require.NoError(t, err)
		require.Len(t, all, c.found, c.filter)
		require.Equal(t, c.asks, v.asked, c.filter)
	}
}

func TestWordsInAQueryStayWords(t *testing.T) {
	f := listFilter{audience: `a' OR '1'='1\`, destination: "d", kinds: []string{runs.KindActivate}}
	require.Contains(t, f.query(), `WorkflowId = 'activate/d/a\' OR \'1\'=\'1\\'`)
}
