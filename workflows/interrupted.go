package workflows

import (
	"errors"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// interrupted tells that a step was not ended by what it found: it was canceled, or it was told to
// stop and came to another end. Temporal does not try such a step again by itself, whether its
// worker has died or it met what passes.
func interrupted(ctx workflow.Context, err error) bool {
	return temporal.IsCanceledError(err) || temporal.IsTimeoutError(err) || toldToStop(err) && stopsAreStops(ctx)
}

// toldToStop tells of an error of an activity that Temporal would have tried again, or not, had it
// not been told to stop.
func toldToStop(err error) bool {
	var failed *temporal.ActivityError
	return errors.As(err, &failed) && failed.RetryState() == enums.RETRY_STATE_CANCEL_REQUESTED
}

// versionStopped marks the histories of workflows that do not pause themselves for what a step came
// to after it was told to stop.
const versionStopped = "a step that was stopped has not failed"

func stopsAreStops(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, versionStopped, workflow.DefaultVersion, 1) == 1
}

// versionCanceled marks the histories of workflows that end as canceled whatever their last step
// came to.
const versionCanceled = "canceled is canceled"

// toldToEnd tells, of a workflow that ends with an error, that somebody has asked it to end. What
// the step under way came to does not matter then: its worker may be gone, so that it timed out, or
// it met what would have failed the run. apart is a context that is not canceled, if there is one.
func toldToEnd(ctx, apart workflow.Context) bool {
	return ctx.Err() != nil && workflow.GetVersion(apart, versionCanceled, workflow.DefaultVersion, 1) == 1
}
