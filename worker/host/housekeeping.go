package host

import (
	"context"
	"log/slog"
	"time"

	"audienceflow/store"
)

// housekeepEvery is how often a worker looks for runs that have passed their retention.
const housekeepEvery = time.Hour

// housekeep deletes what has passed its retention, now and every hour until ctx ends. Several workers may do so at once.
func housekeep(ctx context.Context, kept *store.Store, retention time.Duration) {
	ticker := time.NewTicker(housekeepEvery)
	defer ticker.Stop()
	for {
		before := time.Now().Add(-retention)
		runs, err := kept.Expire(ctx, before)
		if err == nil {
			_, err = kept.ExpireValidations(ctx, before)
		}
		if err == nil {
			err = kept.ExpireUnreadable(ctx, before)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			slog.Warn("runs past their retention could not be deleted", "error", err)
		case runs > 0:
			slog.Info("runs past their retention are deleted", "runs", runs, "retention", retention)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
