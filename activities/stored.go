package activities

import (
	"context"

	"audienceflow/store"
)

// StoredReport is what the store knows of a run that does not answer itself: its numbers are counted over its rows.
func StoredReport(ctx context.Context, kept *store.Store, id string) (Report, error) {
	run, err := kept.Run(ctx, id)
	if err != nil {
		return Report{}, err
	}
	r, err := ReportOf(ctx, kept, run)
	if err != nil {
		return Report{}, err
	}
	if !run.Since.IsZero() {
		r.Since = &run.Since
	}
	return r, err
}
