package host

import (
	"context"
	"log/slog"
	"time"

	"audienceflow/store"
)

// housekeepEvery is how often a worker looks for runs that have passed their retention.
const housekeepEvery = time.Hour

// housekeep deletes what has passed its retention, now and every hour until ctx ends. Several
// workers may do so at once.
func housekeep(ctx context.Context, kept *store.Store, retention time.Duration) {
	every(ctx, housekeepEvery, func() {
		before := time.Now().Add(-retention)
		runs, err := kept.Expire(ctx, before)
		if err == nil {
			_, err = kept.ExpireValidations(ctx, before)
		}
		if err == nil {
			err = kept.ExpireUnreadable(ctx, before)
		}
		if err == nil {
			err = kept.ExpireUnmapped(ctx, before)
		}
		if err == nil {
			err = kept.Checkpoint(ctx)
		}
		switch {
		case err != nil && ctx.Err() == nil:
			slog.Warn("runs past their retention could not be deleted", "error", err)
		case runs > 0:
			slog.Info("runs past their retention are deleted", "runs", runs, "retention", retention)
		}
	})
}

// scrub takes out of the store's file what versions that only marked it as free have deleted.
func scrub(ctx context.Context, kept *store.Store) {
	began := time.Now()
	done, err := kept.Scrub(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		slog.Warn("what was deleted by older versions is still in the store's file; the next start tries again", "error", err)
	case done:
		slog.Info("the store's file holds nothing of what was deleted", "took", time.Since(began).Round(time.Millisecond))
	}
}
