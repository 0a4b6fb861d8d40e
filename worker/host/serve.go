package host

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/worker"

	"audienceflow/backoff"
)

// startPauses are between two tries to serve a task queue.
var startPauses = backoff.Pauses{First: time.Second, Longest: 15 * time.Second}

// serve begins to serve a task queue as soon as Temporal answers: it may have gone since it was
// connected to, or this process may have been stopped meanwhile. A worker that could not be started
// is of no further use, so each try has one of its own. The error is ctx's.
func serve(ctx context.Context, queue string, made func() worker.Worker) (w worker.Worker, err error) {
	err = startPauses.Until(ctx, func() error {
		w = made()
		err := w.Start()
		if err != nil {
			w.Stop()
		}
		return err
	}, func(error) bool { return true }, func(cause error) {
		slog.Warn("waiting for Temporal", "taskQueue", queue, "cause", cause)
	})
	if err != nil {
		return nil, fmt.Errorf("serve task queue %s: %w", queue, ctx.Err())
	}
	return w, nil
}
