package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// What somebody asks of a destination is done on one of its workers: they alone can sign in to it.
// The workflows below are each one activity, so that the question waits for such a worker.

// CheckActivation runs the preflight of an activation on the destination's worker and returns its
// steps. Nothing is written, in Dynamics or in the store.
func CheckActivation(ctx workflow.Context, in activities.CheckInput) (activities.CheckResult, error) {
	var out activities.CheckResult
	err := workflow.ExecuteActivity(checkOptions(ctx), connection.Check, in).Get(ctx, &out)
	return out, err
}

// DescribeDestination asks one of a destination's workers what it is set up with: its settings live
// there alone.
func DescribeDestination(ctx workflow.Context, in activities.DestinationInput) (activities.DescribeDestinationResult, error) {
	var out activities.DescribeDestinationResult
	err := workflow.ExecuteActivity(controlOptions(ctx, "tell of the settings"), connection.DescribeDestination, in).Get(ctx, &out)
	return out, err
}

// RebindDestination binds a destination's ledgers to the organization that answers now, on one of
// the destination's workers: they alone can sign in to it.
func RebindDestination(ctx workflow.Context, in activities.RebindDestinationInput) (activities.RebindDestinationResult, error) {
	var out activities.RebindDestinationResult
	err := workflow.ExecuteActivity(controlOptions(ctx, "bind the ledger"), connection.RebindDestination, in).Get(ctx, &out)
	return out, err
}

// LookUpContact has one of a destination's workers read what Dynamics holds of a contact. The
// question and its answer are in the store: neither the contact nor a value is in a history.
func LookUpContact(ctx workflow.Context, in activities.LookUpContactInput) (activities.LookUpContactResult, error) {
	var out activities.LookUpContactResult
	err := workflow.ExecuteActivity(checkOptions(ctx), connection.LookUpContact, in).Get(ctx, &out)
	return out, err
}
