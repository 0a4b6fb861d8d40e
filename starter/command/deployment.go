package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"audienceflow/workflows"
)

func newDeployment(a *App) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "deployment",
		Short: "Show the versions of workers, and make one of them current",
		Long: `Shows the worker deployments of the namespace: their versions, which of them is current, and the runs and validations that are
pinned to each. A version that is not current and that nothing is pinned to is needed no more: its workers can be stopped.
Workers take part in a deployment where WORKER_DEPLOYMENT is set. Temporal's own "temporal worker deployment" shows and does the same.`,
		Example: `  starter deployment
  starter deployment set-current 1.1.0-0f3c2a9d81e7`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Deployments(c.Context(), name) },
	}
	c.PersistentFlags().StringVar(&name, "name", a.Deployment, "the deployment (default WORKER_DEPLOYMENT, else all there are)")
	c.AddCommand(newSetCurrent(a, &name))
	return c
}

// Statuses of a version, in Temporal's words.
const (
	versionCurrent  = "current"
	versionRamping  = "ramping"
	versionDraining = "draining"
	versionDrained  = "drained"
	versionInactive = "inactive"
)

// deployment is a worker deployment with its versions, the newest first.
type deployment struct {
	Name string `json:"name"`
	// Current is the build id of the current version; empty: the workers without a deployment are.
	Current      string          `json:"current"`
	CurrentSince *time.Time      `json:"currentSince,omitempty"`
	Versions     []workerVersion `json:"versions"`
}

// workerVersion is a version of a deployment.
type workerVersion struct {
	BuildID string `json:"buildId"`
	Status  string `json:"status"`
	// Pinned counts the open runs and validations that only workers of this version go on with.
	Pinned    int64     `json:"pinned"`
	CreatedAt time.Time `json:"createdAt"`
}

// Deployments prints the deployment of a name, or all there are.
func (a *App) Deployments(ctx context.Context, name string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	names := []string{name}
	if name == "" {
		var err error
		if names, err = a.deploymentNames(ctx); err != nil {
			return err
		}
	}
	all := []deployment{}
	for _, name := range names {
		d, err := a.deployment(ctx, name)
		if err != nil {
			return deploymentError(name, err)
		}
		all = append(all, d)
	}
	if a.Format == "json" {
		return a.json(all)
	}
	return a.printDeployments(all)
}

// deploymentNames are those of the namespace, in order.
func (a *App) deploymentNames(ctx context.Context) ([]string, error) {
	list, err := a.Temporal.WorkerDeploymentClient().List(ctx, client.WorkerDeploymentListOptions{PageSize: listPage})
	if err != nil {
		return nil, deploymentError("", err)
	}
	var names []string
	for list.HasNext() {
		entry, err := list.Next()
		if err != nil {
			return nil, deploymentError("", err)
		}
		names = append(names, entry.Name)
	}
	slices.Sort(names)
	return names, nil
}

func (a *App) deployment(ctx context.Context, name string) (deployment, error) {
	described, err := a.Temporal.WorkerDeploymentClient().GetHandle(name).Describe(ctx, client.WorkerDeploymentDescribeOptions{})
	if err != nil {
		return deployment{}, err
	}
	routing := described.Info.RoutingConfig
	d := deployment{Name: name, Versions: []workerVersion{}}
	if routing.CurrentVersion != nil {
		d.Current = routing.CurrentVersion.BuildID
	}
	if at := routing.CurrentVersionChangedTime; !at.IsZero() {
		d.CurrentSince = &at
	}
	for _, v := range described.Info.VersionSummaries {
		count, err := a.Temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: a.Namespace, Query: workflows.PinnedTo(v.Version.DeploymentName, v.Version.BuildID),
		})
		if err != nil {
			return deployment{}, err
		}
		d.Versions = append(d.Versions, workerVersion{
			BuildID: v.Version.BuildID, Status: versionStatus(v, routing), Pinned: count.GetCount(), CreatedAt: v.CreateTime,
		})
	}
	slices.SortStableFunc(d.Versions, func(x, y workerVersion) int { return y.CreatedAt.Compare(x.CreatedAt) })
	return d, nil
}

func versionStatus(v client.WorkerDeploymentVersionSummary, routing client.WorkerDeploymentRoutingConfig) string {
	switch {
	case routing.CurrentVersion != nil && *routing.CurrentVersion == v.Version:
		return versionCurrent
	case routing.RampingVersion != nil && *routing.RampingVersion == v.Version:
		return versionRamping
	case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDraining:
		return versionDraining
	case v.DrainageStatus == client.WorkerDeploymentVersionDrainageStatusDrained:
		return versionDrained
	}
	return versionInactive
}

func (a *App) printDeployments(all []deployment) error {
	if len(all) == 0 {
		a.printf("there are no worker deployments: workers take part in one where WORKER_DEPLOYMENT is set\n")
		return nil
	}
	t := a.table("DEPLOYMENT", "BUILD ID", "STATUS", "PINNED", "SINCE")
	for _, d := range all {
		if d.Current == "" {
			t.Row(d.Name, "(workers without a deployment)", versionCurrent, "-", timeText(d.CurrentSince))
		}
		for _, v := range d.Versions {
			since := &v.CreatedAt
			if v.Status == versionCurrent {
				since = d.CurrentSince
			}
			t.Row(d.Name, v.BuildID, v.Status, v.Pinned, timeText(since))
		}
	}
	return t.End()
}

// deploymentError says what a deployment could not be asked for.
func deploymentError(name string, err error) error {
	var unknown *serviceerror.Unimplemented
	var disabled *serviceerror.PermissionDenied
	var missing *serviceerror.NotFound
	switch {
	case errors.As(err, &unknown), errors.As(err, &disabled):
		return usage("the Temporal server or this namespace has no worker deployments: %w", err)
	case errors.As(err, &missing):
		return usage("there is no worker deployment %q: start a worker with WORKER_DEPLOYMENT=%s", name, name)
	}
	return &Exit{Code: ExitFailed, Err: fmt.Errorf("Temporal does not tell of its worker deployments: %w", err)}
}

// oneDeployment is the name that was given, or the only one that there is.
func (a *App) oneDeployment(ctx context.Context, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	names, err := a.deploymentNames(ctx)
	switch {
	case err != nil:
		return "", err
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", usage("there is no worker deployment: start a worker with WORKER_DEPLOYMENT set")
	}
	return "", usage("which deployment? Name it with --name or WORKER_DEPLOYMENT: %s", strings.Join(names, ", "))
}

func newSetCurrent(a *App, name *string) *cobra.Command {
	var unversioned bool
	c := &cobra.Command{
		Use:   "set-current BUILD-ID | --unversioned",
		Short: "Make a version of the workers the current one",
		Long: `Makes a version of the workers the current one: new runs begin on it, streams, holds and schedules take their next step on it, and
runs that are held on another version go over to it. Its workers must be there; one that has just been started is waited for.
With --unversioned the workers without WORKER_DEPLOYMENT take over. It can be taken back at any time.`,
		Example: `  starter deployment set-current 1.1.0-0f3c2a9d81e7
  starter deployment set-current 1.0.0-5b1f0c77e2a4 --name audienceflow
  starter deployment set-current --unversioned`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case unversioned && len(args) > 0:
				return usage("name a build id or --unversioned, not both")
			case unversioned:
				return nil
			}
			return oneArg("build id", "1.1.0-0f3c2a9d81e7")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.SetCurrentVersion(c.Context(), *name, strings.Join(args, ""))
		},
	}
	c.Flags().BoolVar(&unversioned, "unversioned", false, "workers without WORKER_DEPLOYMENT")
	return c
}

// SetCurrentVersion makes a version of a deployment the current one; an empty build id stands for
// the workers without a deployment.
func (a *App) SetCurrentVersion(ctx context.Context, name, buildID string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	name, err := a.oneDeployment(ctx, name)
	if err != nil {
		return err
	}
	handle := a.Temporal.WorkerDeploymentClient().GetHandle(name)
	var failed error
	err = a.patiently(ctx, func() error {
		_, err := handle.SetCurrentVersion(ctx, client.WorkerDeploymentSetCurrentVersionOptions{BuildID: buildID, Identity: operator()})
		if !notReady(err) {
			failed = err
			return nil
		}
		return a.notCurrent(ctx, name, buildID, err)
	})
	switch {
	case err != nil:
		return err
	case failed != nil:
		return deploymentError(name, failed)
	}
	return a.Deployments(ctx, name)
}

// notReady tells that a version's workers, or some of them, have not polled yet.
func notReady(err error) bool {
	var missing *serviceerror.NotFound
	var refused *serviceerror.FailedPrecondition
	return errors.As(err, &missing) || errors.As(err, &refused)
}

// notCurrent says why a version cannot be made current, and which versions there are.
func (a *App) notCurrent(ctx context.Context, name, buildID string, cause error) error {
	d, err := a.deployment(ctx, name)
	if err != nil {
		return deploymentError(name, err)
	}
	var known []string
	for _, v := range d.Versions {
		if v.BuildID == buildID {
			return fmt.Errorf("%s of deployment %s cannot be made current: %w", buildID, name, cause)
		}
		known = append(known, v.BuildID)
	}
	return fmt.Errorf("no worker of deployment %s has build id %q; known: %s", name, buildID, orDefault(strings.Join(known, ", "), "none"))
}
