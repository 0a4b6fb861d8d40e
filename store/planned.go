package store

import "context"

// Planned are the rows that a run would send.
type Planned struct {
	ByStatus ByStatus
	Warnings int64 // values left out of them
}

// Planned counts the pending rows of a planned run: what a dry run calls activated.
func (s *Store) Planned(ctx context.Context, run string) (Planned, error) {
	n, err := s.sum(ctx, run)
	return Planned{ByStatus: ByStatus{Realized: n[nPendingRealized], Exited: n[nPendingExited]}, Warnings: n[nPendingWarnings]}, err
}
