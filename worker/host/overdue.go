package host

import (
	"context"
	"log/slog"
	"time"

	"audienceflow/activities"
)

// overdueEvery is how often a worker looks for audiences that have had no run for too long.
const overdueEvery = 5 * time.Minute

// alertOverdue alerts people to audiences of a destination whose run is overdue, until ctx ends.
// Several workers may do so at once.
func alertOverdue(ctx context.Context, o activities.Options) {
	every(ctx, overdueEvery, func() {
		if err := activities.AlertOverdue(ctx, o, time.Now()); err != nil && ctx.Err() == nil {
			slog.Warn("an alert about an overdue audience could not be sent", "destination", o.Destination.Name, "error", err)
		}
	})
}
