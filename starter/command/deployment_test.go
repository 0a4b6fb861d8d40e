package command

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"audienceflow/workflows"
)

// deployed stands in for Temporal: deployments with two versions each, of which "n" has runs.
type deployed struct {
	client.Client
	client.WorkerDeploymentHandle
	names   []string
	listed  int
	current string
	refuses error
}

func (d *deployed) WorkerDeploymentClient() client.WorkerDeploymentClient { return d }

// Delete is never asked for.
func (d *deployed) Delete(context.Context, client.WorkerDeploymentDeleteOptions) (client.WorkerDeploymentDeleteResponse, error) {
	panic("nothing deletes a deployment")
}

func (d *deployed) GetHandle(string) client.WorkerDeploymentHandle { return d }

func (d *deployed) List(context.Context, client.WorkerDeploymentListOptions) (client.WorkerDeploymentListIterator, error) {
	return d, d.refuses
}

func (d *deployed) HasNext() bool { return d.listed < len(d.names) }

func (d *deployed) Next() (*client.WorkerDeploymentListEntry, error) {
	d.listed++
	return &client.WorkerDeploymentListEntry{Name: d.names[d.listed-1]}, nil
}

func (d *deployed) Describe(context.Context, client.WorkerDeploymentDescribeOptions) (client.WorkerDeploymentDescribeResponse, error) {
	version := func(id string) worker.WorkerDeploymentVersion {
		return worker.WorkerDeploymentVersion{DeploymentName: "crm", BuildID: id}
	}
	info := client.WorkerDeploymentInfo{VersionSummaries: []client.WorkerDeploymentVersionSummary{
		{Version: version("n"), CreateTime: time.Unix(1, 0), DrainageStatus: client.WorkerDeploymentVersionDrainageStatusDraining},
		{Version: version("n+1"), CreateTime: time.Unix(2, 0)},
	}}
	if d.current != "" {
		v := version(d.current)
		info.RoutingConfig.CurrentVersion = &v
	}
	return client.WorkerDeploymentDescribeResponse{Info: info}, d.refuses
}

func (d *deployed) SetCurrentVersion(_ context.Context, o client.WorkerDeploymentSetCurrentVersionOptions) (client.WorkerDeploymentSetCurrentVersionResponse, error) {
	d.current = o.BuildID
	return client.WorkerDeploymentSetCurrentVersionResponse{}, d.refuses
}

func (d *deployed) CountWorkflow(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	count := int64(0)
	if r.GetQuery() == workflows.PinnedTo("crm", "n") {
		count = 3
	}
	return &workflowservice.CountWorkflowExecutionsResponse{Count: count}, nil
}

func TestADeploymentShowsWhichVersionIsNeededStill(t *testing.T) {
	var out bytes.Buffer
	a := &App{Temporal: &deployed{names: []string{"crm"}, current: "n"}, Format: "json", Out: &out}
	require.NoError(t, a.SetCurrentVersion(t.Context(), "", "n+1"))
	var all []deployment
	require.NoError(t, json.Unmarshal(out.Bytes(), &all))
	require.Len(t, all, 1)
	require.Equal(t, "n+1", all[0].Current)
	require.Equal(t, []workerVersion{
		{BuildID: "n+1", Status: versionCurrent, CreatedAt: all[0].Versions[0].CreatedAt},
		{BuildID: "n", Status: versionDraining, Pinned: 3, CreatedAt: all[0].Versions[1].CreatedAt},
	}, all[0].Versions)
}

func TestWorkersWithoutADeploymentAreShownAsCurrent(t *testing.T) {
	var out bytes.Buffer
	a := &App{Temporal: &deployed{names: []string{"crm"}}, Format: "table", Out: &out}
	require.NoError(t, a.Deployments(t.Context(), ""))
	lines := strings.Split(out.String(), "\n")
	require.Regexp(t, `^crm +\(workers without a deployment\) +current`, lines[1])
	require.Regexp(t, `^crm +n\+1 +inactive +0 `, lines[2])
	require.Regexp(t, `^crm +n +draining +3 `, lines[3])
}

func TestADeploymentThatIsNotMeantIsNotTouched(t *testing.T) {
	for says, d := range map[string]*deployed{
		"--name or WORKER_DEPLOYMENT: crm, other": {names: []string{"other", "crm"}, current: "n"},
		"start a worker with WORKER_DEPLOYMENT":   {current: "n"},
		"has no worker deployments":               {current: "n", refuses: serviceerror.NewUnimplemented("unknown method")},
	} {
		err := (&App{Temporal: d, Format: "table"}).SetCurrentVersion(t.Context(), "", "n+1")
		require.Equal(t, ExitUsage, Code(err), says)
		require.ErrorContains(t, err, says)
		require.Equal(t, "n", d.current)
	}
}

func TestABuildIDThatNobodyHasIsToldWithThoseThereAre(t *testing.T) {
	d := &deployed{names: []string{"crm"}, current: "n"}
	err := (&App{Temporal: d}).notCurrent(t.Context(), "crm", "n+2", serviceerror.NewNotFound("no version"))
	require.EqualError(t, err, `no worker of deployment crm has build id "n+2"; known: n+1, n`)
	err = (&App{Temporal: d}).notCurrent(t.Context(), "crm", "n+1", serviceerror.NewFailedPrecondition("missing task queues"))
	require.ErrorContains(t, err, "n+1 of deployment crm cannot be made current: missing task queues")
}
