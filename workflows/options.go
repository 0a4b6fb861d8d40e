package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// heartbeat is how long a worker may be silent before its step is given to another. A killed worker
// costs this long; shorter would take steps away from workers that are merely busy.
const heartbeat = 20 * time.Second

// patient retries for as long as it takes: an outage of Dynamics or of the store is no failure of
// the run. What can never succeed is marked non-retryable where it is found.
func patient(longest time.Duration) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    time.Second, // most troubles are over by then
		BackoffCoefficient: 2,
		MaximumInterval:    longest,
	}
}

// controlOptions are for short steps: signing in, reading metadata, keeping the record.
func controlOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute,      // several requests, each at most a minute
		HeartbeatTimeout:    heartbeat,            // a worker that dies meanwhile holds nobody up for longer
		RetryPolicy:         patient(time.Minute), // an operator who mended something sees it within a minute
		WaitForCancellation: true,                 // a pause is over only when nothing is under way
		Summary:             summary,
	})
}

// planOptions are for steps whose length grows with the audience.
func planOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 24 * time.Hour, // hundreds of millions of records; a worker that died shows by its heartbeat
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         patient(time.Minute),
		WaitForCancellation: true,
		Summary:             summary,
	})
}

// writeOptions are for one batch of contacts.
func writeOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 15 * time.Minute, // a batch gives back its rest after 10 and may finish its last request
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         patient(time.Minute), // Retry-After, where there is one, overrides it
		WaitForCancellation: true,                 // what was sent is booked before the batch counts as stopped
		Summary:             summary,
	})
}

// readOptions are for one slice of contacts to be read.
func readOptions(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Hour, // a slice is 20,000 contacts: minutes, but for a throttled destination
		HeartbeatTimeout:    heartbeat,
		RetryPolicy:         patient(time.Minute),
		WaitForCancellation: true,
		Summary:             summary,
	})
}

// waitDestinationOptions are for waiting until a destination goes on: each attempt only looks, and
// says when to look again.
func waitDestinationOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, // one look into the store
		RetryPolicy:         patient(time.Minute),
		Summary:             "wait until the destination is resumed",
	})
}

// checkOptions are for a preflight that somebody is waiting for: it waits half a minute for what
// may pass, and then that is its answer.
func checkOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 2 * time.Minute,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
		Summary:             "preflight",
	})
}

// alertOptions are for telling people: a target that is down is not waited for.
func alertOptions(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, // a few targets, each with its own short time-out
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: 5 * time.Second, MaximumAttempts: 2},
		Summary:             "tell people",
	})
}
