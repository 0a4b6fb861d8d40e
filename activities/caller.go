package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"audienceflow/dynamics"
)

// usualPriority is the priority of a Temporal step that was given none; a lower number is more urgent.
const usualPriority = 3

// asCaller says on whose behalf requests are made: with what priority is what Temporal begins the step by, too.
func asCaller(ctx context.Context, who string) context.Context {
	key := activity.GetInfo(ctx).Priority.PriorityKey
	if key == 0 {
		key = usualPriority
	}
	return dynamics.WithFlow(ctx, who, usualPriority-key)
}
