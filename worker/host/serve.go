package host

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/worker"
)

// firstStart and lastStart bound the wait between two tries to serve a task queue.
const firstStart, lastStart = time.Second, 15 * time.Second

// serve begins to serve a task queue as soon as Temporal answers: it may have gone since it was
// connected to, or this process may have been stopped meanwhile. A worker that could not be started
// is of no further use, so each try has one of its own. The error is ctx's.
func serve(ctx context.Context, queue string, made func() worker.Worker) (worker.Worker, error) {
	told := ""
	for pause := firstStart; ; pause = min(2*pause, lastStart) {
		w := made()
		err := w.Start()
		if err == nil {
			return w, nil
		}
		w.Stop()
		if cause := err.Error(); cause != told {
			slog.Warn("waiting for Temporal", "taskQueue", queue, "cause", cause)
			told = cause
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("serve task queue %s: %w", queue, ctx.Err())
		case <-time.After(pause):
		}
	}
}
