package host

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"audienceflow/workflows"
)

// deployments stands in for Temporal: one deployment, one run pinned to its version "n".
type deployments struct {
	client.Client
	client.WorkerDeploymentHandle
	listing  error
	current  *worker.WorkerDeploymentVersion
	signaled []string
}

func (d *deployments) WorkerDeploymentClient() client.WorkerDeploymentClient { return d }

// Delete is never asked for.
func (d *deployments) Delete(context.Context, client.WorkerDeploymentDeleteOptions) (client.WorkerDeploymentDeleteResponse, error) {
	panic("a worker deletes no deployment")
}

func (d *deployments) GetHandle(string) client.WorkerDeploymentHandle { return d }

func (d *deployments) List(context.Context, client.WorkerDeploymentListOptions) (client.WorkerDeploymentListIterator, error) {
	return d, d.listing
}

func (d *deployments) HasNext() bool { return d.listing != nil }

func (d *deployments) Next() (*client.WorkerDeploymentListEntry, error) { return nil, d.listing }

func (d *deployments) Describe(context.Context, client.WorkerDeploymentDescribeOptions) (client.WorkerDeploymentDescribeResponse, error) {
	return client.WorkerDeploymentDescribeResponse{Info: client.WorkerDeploymentInfo{
		RoutingConfig: client.WorkerDeploymentRoutingConfig{CurrentVersion: d.current},
	}}, nil
}

func (d *deployments) ListWorkflow(context.Context, *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: []*workflow.WorkflowExecutionInfo{
		{Execution: &common.WorkflowExecution{WorkflowId: "activate/dynamics/vip", RunId: "r"}},
	}}, nil
}

func (d *deployments) SignalWorkflow(_ context.Context, id, run, signal string, _ any) error {
	d.signaled = append(d.signaled, id+" "+run+" "+signal)
	return nil
}

func TestAServerWithoutDeploymentsIsSaidInOneLine(t *testing.T) {
	for name, c := range map[string]struct {
		asked   string
		listing error
		joins   bool
		lines   int
	}{
		"not asked":       {"", nil, false, 0},
		"known":           {"crm", nil, true, 1},
		"an older server": {"crm", serviceerror.NewUnimplemented("unknown method ListWorkerDeployments"), false, 1},
		"switched off":    {"crm", serviceerror.NewPermissionDenied("Worker Deployment Versions are disabled on this namespace.", ""), false, 1},
		"not reached now": {"crm", serviceerror.NewUnavailable("later"), true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			before := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&text, nil)))
			defer slog.SetDefault(before)
			options := joinDeployment(t.Context(), &deployments{listing: c.listing}, c.asked)
			require.Equal(t, c.joins, options.UseVersioning)
			require.Equal(t, c.lines, bytes.Count(text.Bytes(), []byte("\n")), text.String())
			if c.asked != "" && !c.joins {
				require.Contains(t, text.String(), "WORKER_DEPLOYMENT has no effect")
			}
		})
	}
}

func TestADeploymentNeedsANameAndABuild(t *testing.T) {
	require.NoError(t, checkDeployment(""))
	for _, name := range []string{"a.b", "a:b", "a b", "__a"} {
		require.ErrorContains(t, checkDeployment(name), "WORKER_DEPLOYMENT", name)
	}
	require.ErrorContains(t, checkDeployment("crm"), "without a version", "as a test is built")
}

func TestOnlyAWorkerThatIsNotCurrentWakesItsRunsAndNotForEver(t *testing.T) {
	n, next := worker.WorkerDeploymentVersion{DeploymentName: "crm", BuildID: "n"}, worker.WorkerDeploymentVersion{DeploymentName: "crm", BuildID: "n+1"}
	d, now := &deployments{}, time.Now()
	l := &leaver{temporal: d, own: n, now: func() time.Time { return now }, woken: map[string]waking{}}
	for _, current := range []*worker.WorkerDeploymentVersion{&next, nil} { // nil: workers without a deployment
		d.current, d.signaled = &n, nil
		require.NoError(t, l.look(t.Context()))
		require.Empty(t, d.signaled)
		d.current = current
		require.NoError(t, l.look(t.Context()))
		require.NoError(t, l.look(t.Context()))
		require.Equal(t, []string{"activate/dynamics/vip r " + workflows.Upgrade.Name}, d.signaled, "once for now")
		for range 1_000 {
			now = now.Add(deploymentEvery)
			require.NoError(t, l.look(t.Context()))
		}
		require.Len(t, d.signaled, mostWakes)
	}
}
