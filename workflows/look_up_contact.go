package workflows

import (
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
)

// LookUpContact has one of a destination's workers read what Dynamics holds of a contact. The
// question and its answer are in the store: neither the contact nor a value is in a history.
func LookUpContact(ctx workflow.Context, in activities.LookUpContactInput) (activities.LookUpContactResult, error) {
	var out activities.LookUpContactResult
	err := workflow.ExecuteActivity(checkOptions(ctx), connection.LookUpContact, in).Get(ctx, &out)
	return out, err
}
