package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"audienceflow/version"
	"audienceflow/workflows"
)

const (
	// deploymentEvery is how often a worker looks whether its version is still the current one.
	deploymentEvery = 10 * time.Second
	// mostWakes bounds how often a run is woken that stays where it is.
	mostWakes = 6
)

// checkDeployment says what a deployment's name may not be, and that a build without a version of
// its own can be no version of a deployment.
func checkDeployment(name string) error {
	switch {
	case name == "":
		return nil
	case strings.ContainsAny(name, ".: ") || strings.HasPrefix(name, "__"):
		return fmt.Errorf("WORKER_DEPLOYMENT is %q: a name has no dot, colon or blank in it and begins with no __", name)
	case version.BuildID() == "":
		return errors.New("WORKER_DEPLOYMENT is set, but this worker was built without a version: build it with VERSION or REVISION, or from a clean checkout, or leave WORKER_DEPLOYMENT empty")
	}
	return nil
}

// joinDeployment gives the version as which a worker takes part in a deployment: none where it has
// not been told to, and none where the server has no deployments, which it says.
func joinDeployment(ctx context.Context, temporal client.Client, name string) worker.DeploymentOptions {
	if name == "" {
		return worker.DeploymentOptions{}
	}
	v := worker.WorkerDeploymentVersion{DeploymentName: name, BuildID: version.BuildID()}
	err := deploymentsKnown(ctx, temporal)
	if err != nil {
		slog.Warn("WORKER_DEPLOYMENT has no effect: the Temporal server or this namespace has no worker deployments; the worker goes on without",
			"deployment", name, "cause", err)
		return worker.DeploymentOptions{}
	}
	slog.Info("the worker takes part in a deployment; it gets work once its version is current", "deployment", name, "buildId", v.BuildID)
	return worker.DeploymentOptions{UseVersioning: true, Version: v, DefaultVersioningBehavior: workflows.DefaultVersioning}
}

// deploymentsKnown asks whether the server and the namespace have worker deployments. Whatever else
// goes wrong says nothing about that.
func deploymentsKnown(ctx context.Context, temporal client.Client) error {
	list, err := temporal.WorkerDeploymentClient().List(ctx, client.WorkerDeploymentListOptions{PageSize: 1})
	if err == nil && list.HasNext() {
		_, err = list.Next()
	}
	var unknown *serviceerror.Unimplemented
	var disabled *serviceerror.PermissionDenied
	if errors.As(err, &unknown) || errors.As(err, &disabled) {
		return err
	}
	return nil
}

// leaver wakes the runs that are held on a worker's version once that is not the current one any
// more: they see it, and continue as new on the current one.
type leaver struct {
	temporal  client.Client
	namespace string
	own       worker.WorkerDeploymentVersion
	now       func() time.Time
	woken     map[string]waking // by run id
}

// waking is how often a run was woken, and when it may be again.
type waking struct {
	times int
	next  time.Time
}

// leaveVersion lets held runs leave a worker's version, until ctx ends.
func leaveVersion(ctx context.Context, temporal client.Client, namespace string, own worker.WorkerDeploymentVersion) {
	l := &leaver{temporal: temporal, namespace: namespace, own: own, now: time.Now, woken: map[string]waking{}}
	every(ctx, deploymentEvery, func() {
		if err := l.look(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("runs that are held on this version could not be told of the current one", "deployment", own.DeploymentName, "buildId", own.BuildID, "error", err)
		}
	})
}

// look wakes the runs pinned to the worker's version if another one is current.
func (l *leaver) look(ctx context.Context) error {
	d, err := l.temporal.WorkerDeploymentClient().GetHandle(l.own.DeploymentName).Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return nil // its first poll makes it
	}
	if err != nil {
		return err
	}
	// Without a current version the workers without a deployment are.
	if current := d.Info.RoutingConfig.CurrentVersion; current != nil && *current == l.own {
		clear(l.woken)
		return nil
	}
	list, err := l.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: l.namespace, Query: workflows.PinnedTo(l.own.DeploymentName, l.own.BuildID)})
	if err != nil {
		return err
	}
	for _, e := range list.GetExecutions() {
		id, run := e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId()
		w := l.woken[run]
		if w.times == mostWakes || l.now().Before(w.next) {
			continue
		}
		if err := l.temporal.SignalWorkflow(ctx, id, run, workflows.Upgrade.Name, workflows.Order{}); err != nil && !errors.As(err, &missing) {
			return err
		}
		l.woken[run] = waking{times: w.times + 1, next: l.now().Add(deploymentEvery << w.times)}
	}
	return nil
}
