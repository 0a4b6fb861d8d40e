package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// CheckActivation runs the preflight of an activation on the destination's worker and returns its
// steps. Nothing is written, in Dynamics or in the store.
func CheckActivation(ctx workflow.Context, in activities.CheckInput) (activities.CheckResult, error) {
	var out activities.CheckResult
	err := workflow.ExecuteActivity(checkOptions(ctx), connection.Check, in).Get(ctx, &out)
	return out, err
}
