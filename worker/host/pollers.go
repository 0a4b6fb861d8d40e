package host

import (
	"context"
	"sync/atomic"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// pollersEvery is how often a worker looks whether it is alone: one that joins waits no longer for
// its share.
const pollersEvery = 5 * time.Second

// describer is what is needed of client.Client.
type describer interface {
	DescribeTaskQueue(ctx context.Context, taskQueue string, kind enums.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error)
}

var _ describer = client.Client(nil)

// watchPollers keeps alone true while nobody else polls a task queue, until ctx ends. Temporal
// remembers a worker that is gone for some minutes.
func watchPollers(ctx context.Context, temporal describer, queue string, alone *atomic.Bool) {
	every(ctx, pollersEvery, func() {
		seen, err := temporal.DescribeTaskQueue(ctx, queue, enums.TASK_QUEUE_TYPE_ACTIVITY)
		alone.Store(err == nil && workersAmong(seen.GetPollers()) <= 1) // itself, or nobody yet
	})
}

func workersAmong(pollers []*taskqueue.PollerInfo) int {
	names := map[string]bool{}
	for _, poller := range pollers {
		names[poller.GetIdentity()] = true
	}
	return len(names)
}
