package host

import (
	"context"
	"log/slog"
	"time"

	"audienceflow/activities"
)

// silenceEvery is how often a worker looks for audiences that have had no run for too long.
const silenceEvery = 5 * time.Minute

// listenForSilence tells of audiences of a destination that nothing has come for, until ctx ends. Several workers may do so at once.
func listenForSilence(ctx context.Context, o activities.Options) {
	ticker := time.NewTicker(silenceEvery)
	defer ticker.Stop()
	for {
		if err := activities.TellSilence(ctx, o, time.Now()); err != nil && ctx.Err() == nil {
			slog.Warn("not everybody could be told of silent audiences", "destination", o.Destination.Name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
