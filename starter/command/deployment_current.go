package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

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
