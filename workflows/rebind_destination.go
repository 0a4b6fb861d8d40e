package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// RebindDestination binds a destination's ledgers to the organization that answers now, on one of
// the destination's workers: they alone can sign in to it.
func RebindDestination(ctx workflow.Context, in activities.RebindDestinationInput) (activities.RebindDestinationResult, error) {
	var out activities.RebindDestinationResult
	err := workflow.ExecuteActivity(controlOptions(ctx, "bind the ledger"), connection.RebindDestination, in).Get(ctx, &out)
	return out, err
}
