package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Temporal's priorities, the most urgent first. Steps of a lower number are begun before others
// that wait on the same queue, and their requests go before others at the destination.
const (
	prioritySmall = 2 // streams, and what a person may be waiting for
	priorityUsual = 3
	priorityLarge = 4 // backfills
	priorityLast  = 5
)

const (
	// smallRun is up to how many contacts a run overtakes larger ones: a few seconds of a
	// destination's time.
	smallRun = 5_000
	// largeRun is from how many contacts on a run takes hours, whoever goes before it.
	largeRun = 100_000
	// fairnessKeyBytes is the longest that Temporal takes.
	fairnessKeyBytes = 64
)

// urgency is the priority of a step for so many contacts.
func urgency(contacts int64) int {
	switch {
	case contacts <= smallRun:
		return prioritySmall
	case contacts >= largeRun:
		return priorityLarge
	}
	return priorityUsual
}

// urgent puts a step into its place among those of other runs; runs of the same urgency take turns
// where the server does so.
func urgent(ctx workflow.Context, key int) workflow.Context {
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	return workflow.WithPriority(ctx, temporal.Priority{PriorityKey: key, FairnessKey: id[:min(len(id), fairnessKeyBytes)]})
}
