package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/workflow"
)

// Upgrade wakes a run that is held, so that it sees that a newer version of the workers is current.
// Workers of a version that is not current any more send it; it changes nothing else.
var Upgrade = Signal{"upgrade"}

// errNewerVersion ends a run that is held, and has nothing under way, for it to continue as new onto
// the version that is current.
var errNewerVersion = errors.New("a newer version of the workers is current")

// newerVersion reports whether the run is pinned to a version that is not current any more. It is
// never so where workers take part in no deployment.
func newerVersion(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetTargetWorkerDeploymentVersionChanged()
}

// continueOn continues as new, on the version of the workers that is then current. Without a
// deployment it is any worker, as ever.
func continueOn(ctx workflow.Context, w, in any) error {
	options := workflow.ContinueAsNewErrorOptions{}
	if newerVersion(ctx) {
		options.InitialVersioningBehavior = workflow.ContinueAsNewVersioningBehaviorAutoUpgrade
	}
	return workflow.NewContinueAsNewErrorWithOptions(ctx, options, w, in)
}

// await blocks until the run may go on. It returns errNewerVersion if the run is held and can
// continue as new onto the current version of the workers.
func (c *controller) await(ctx workflow.Context, free func() bool) error {
	err := workflow.Await(ctx, func() bool { return free() || c.movable(ctx) })
	if err == nil && !free() {
		return errNewerVersion
	}
	return err
}

// movable reports whether nothing is lost if a run that is held continues as new.
func (c *controller) movable(ctx workflow.Context) bool {
	return c.idle != nil && len(c.underWay) == 0 && newerVersion(ctx) && c.idle()
}

// PinnedTo is a query for the open runs that are pinned to a version of the workers.
func PinnedTo(deployment, buildID string) string {
	return fmt.Sprintf(`ExecutionStatus = "Running" AND TemporalWorkflowVersioningBehavior = "Pinned" AND `+
		`TemporalWorkerDeploymentVersion = "%s:%s"`, deployment, buildID)
}
