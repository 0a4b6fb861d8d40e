package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

const (
	hasInFlight = `SELECT 1 FROM in_flight WHERE destination = ? AND run = ? LIMIT 1`

	// leftUnpurged lists runs that ended with contacts in flight, which have been booked since.
	leftUnpurged = `SELECT run FROM runs WHERE ended_at IS NOT NULL AND purged = 0 AND kind <> ?
	AND NOT EXISTS (SELECT 1 FROM in_flight f WHERE f.destination = runs.destination AND f.run = runs.run) ORDER BY ended_at`
)

// Purge deletes an ended run's staged rows, but for those of failed rows that are kept for a
// replay. Its counts are kept first. Of a run with contacts in flight after a crash it deletes
// nothing, since what becomes of them still counts; Expire comes back to it. In ranges; idempotent.
func (s *Store) Purge(ctx context.Context, run string) error {
	r, err := s.Run(ctx, run)
	if err != nil {
		return err
	}
	if !r.Over() {
		return fmt.Errorf("run %s has not ended: its rows are still needed", run)
	}
	flying, err := s.db.QueryOne(ctx, hasInFlight, []any{r.Destination, run}, new(int))
	if err != nil || flying {
		return err
	}
	if err := s.KeepNumbers(ctx, run); err != nil {
		return err
	}
	return s.DropDecided(ctx, run)
}

// Expire deletes runs that ended before the given time, with all their rows, rejected ones
// included, and purges those that ended with contacts in flight and have none any more. A run with
// contacts in flight is left for whoever recovers it. Ledgers stay. In ranges; gives how many runs
// went.
func (s *Store) Expire(ctx context.Context, before time.Time) (int64, error) {
	if err := s.ExpireFailureDetails(ctx, before); err != nil {
		return 0, err
	}
	var left, list []string
	if err := s.db.QueryEach(ctx, leftUnpurged, []any{runs.KindPlan}, sqldb.Column(&left)); err != nil {
		return 0, err
	}
	for _, run := range left {
		if err := s.Purge(ctx, run); err != nil && !errors.Is(err, runlog.ErrNoRun) { // somebody else expires too
			return 0, err
		}
	}
	err := s.db.QueryEach(ctx, `SELECT run FROM runs WHERE ended_at < ? AND NOT EXISTS (SELECT 1 FROM in_flight f WHERE f.run = runs.run) ORDER BY ended_at`,
		[]any{sqldb.Micros(before)}, sqldb.Column(&list))
	if err != nil {
		return 0, err
	}
	for i, run := range list {
		if err := s.expire(ctx, run); err != nil {
			return int64(i), err
		}
	}
	return int64(len(list)), nil
}

func (s *Store) expire(ctx context.Context, run string) error {
	if err := s.DropRows(ctx, run); err != nil {
		return err
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		if _, err := t.Exec(ctx, `DELETE FROM batches WHERE run = ?`, run); err != nil {
			return err
		}
		if err := staging.DropRest(ctx, t, run); err != nil {
			return err
		}
		return runlog.Delete(ctx, t, run)
	})
}
