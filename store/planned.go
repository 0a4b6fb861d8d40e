package store

import (
	"context"

	"audienceflow/runs"
)

// PlannedNumbers are the numbers that a planned run will have if Dynamics accepts all that it
// sends: those of a dry run.
func (s *Store) PlannedNumbers(ctx context.Context, run string) (runs.Numbers, error) {
	n, err := s.Counts(ctx, run)
	if err != nil {
		return n, err
	}
	pages, err := s.Sum(ctx, run)
	n.ByStatus = runs.ByStatus{Realized: pages.PendingRealized, Exited: pages.PendingExited}
	n.Activated = n.ByStatus.Sum()
	n.Pending -= n.Activated
	n.Warnings += pages.PendingWarnings
	return n, err
}
