package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// DescribeDestination asks one of a destination's workers what it is set up with: its settings live
// there alone.
func DescribeDestination(ctx workflow.Context, in activities.DestinationInput) (activities.DescribeDestinationResult, error) {
	var out activities.DescribeDestinationResult
	err := workflow.ExecuteActivity(controlOptions(ctx, "tell of the settings"), connection.DescribeDestination, in).Get(ctx, &out)
	return out, err
}
