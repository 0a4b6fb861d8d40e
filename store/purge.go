package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// purgeRange is how many rows one transaction deletes.
const purgeRange = 5000

const (
	rangeEnd = `SELECT contact FROM staged WHERE run = ? AND contact > ? ORDER BY contact LIMIT 1 OFFSET ?`

	purgeRows = `DELETE FROM staged WHERE run = ? AND contact > ? AND contact <= ?
	AND NOT EXISTS (SELECT 1 FROM in_flight f WHERE f.destination = ? AND f.contact = staged.contact AND f.run = staged.run LIMIT 1 OFFSET 0)
	AND NOT (outcome = 'failed' AND EXISTS (SELECT 1 FROM rejected r WHERE r.run = staged.run AND r.contact = staged.contact AND r.outcome = 'failed' AND r.state = 'kept' LIMIT 1 OFFSET 0))`

	// purgeAll is for a range without such rows: SQLite then deletes as it goes, in a third of the time.
	purgeAll  = `DELETE FROM staged WHERE run = ? AND contact > ? AND contact <= ?`
	keptRow   = `SELECT 1 FROM staged WHERE run = ? AND contact > ? AND contact <= ? AND outcome = 'failed' LIMIT 1`
	flyingRow = `SELECT 1 FROM in_flight WHERE destination = ? AND contact > ? AND contact <= ? AND run = ? LIMIT 1`

	expireRejected = `DELETE FROM rejected WHERE run = ? AND position <= (
	SELECT max(position) FROM (SELECT position FROM rejected WHERE run = ? ORDER BY position LIMIT ?) first)`
)

// Purge deletes an ended run's staged rows, but for those of failed rows that are kept for a replay and those that are still in
// flight after a crash. Its counts are kept first. In ranges; idempotent.
func (s *Store) Purge(ctx context.Context, run string) error {
	r, err := s.Run(ctx, run)
	if err != nil {
		return err
	}
	if !r.Over() {
		return fmt.Errorf("run %s has not ended: its rows are still needed", run)
	}
	if err := s.keepCounts(ctx, run); err != nil {
		return err
	}
	return s.eachRange(ctx, run, func(t *tx, after, last string) error {
		return t.purge(ctx, run, r.Destination, after, last)
	})
}

// purge deletes a range of rows, but for those that are kept.
func (t *tx) purge(ctx context.Context, run, destination, after, last string) error {
	var one int64
	kept, err := t.one(ctx, keptRow, []any{run, after, last}, &one)
	if err != nil {
		return err
	}
	if !kept {
		kept, err = t.one(ctx, flyingRow, []any{destination, after, last, run}, &one)
	}
	switch {
	case err != nil:
		return err
	case kept:
		_, err = t.exec(ctx, purgeRows, run, after, last, destination)
	default:
		_, err = t.exec(ctx, purgeAll, run, after, last)
	}
	return err
}

// keepCounts saves the numbers of a run that is about to lose its rows, and what it has left out.
func (s *Store) keepCounts(ctx context.Context, run string) error {
	counts, err := s.Counts(ctx, run)
	if err != nil {
		return err
	}
	text, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	var warnings Warnings
	if counts.Warnings > 0 {
		if warnings, err = s.stagedWarnings(ctx, run); err != nil {
			return err
		}
	}
	return s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE runs SET counts = ?, purged = 1 WHERE run = ? AND purged = 0`, string(text), run)
		if err != nil || n == 0 {
			return err
		}
		return t.keepWarnings(ctx, run, warnings)
	})
}

// eachRange runs fn over all staged rows of a run, a range of contacts in each transaction.
func (s *Store) eachRange(ctx context.Context, run string, fn func(t *tx, after, last string) error) error {
	for after, more := "", true; more; {
		last := lastContact
		err := s.update(ctx, func(t *tx) (err error) {
			more, err = t.one(ctx, rangeEnd, []any{run, after, purgeRange - 1}, &last)
			if err != nil {
				return err
			}
			return fn(t, after, last)
		})
		if err != nil {
			return err
		}
		after = last
	}
	return nil
}

// Expire deletes runs that ended before the given time, with all their rows, rejected ones included. A run with contacts in flight
// is left for whoever recovers it. Ledgers stay. In ranges; gives how many runs went.
func (s *Store) Expire(ctx context.Context, before time.Time) (int64, error) {
	var runs []string
	err := s.readEach(ctx, `SELECT run FROM runs WHERE ended_at < ? AND NOT EXISTS (SELECT 1 FROM in_flight f WHERE f.run = runs.run) ORDER BY ended_at`,
		[]any{micros(before)}, func(rows *sql.Rows) error {
			var run string
			err := rows.Scan(&run)
			runs = append(runs, run)
			return err
		})
	if err != nil {
		return 0, err
	}
	for i, run := range runs {
		if err := s.expire(ctx, run); err != nil {
			return int64(i), err
		}
	}
	return int64(len(runs)), nil
}

func (s *Store) expire(ctx context.Context, run string) error {
	err := s.eachRange(ctx, run, func(t *tx, after, last string) error {
		_, err := t.exec(ctx, purgeAll, run, after, last)
		return err
	})
	if err != nil {
		return err
	}
	for gone := int64(1); gone > 0; {
		err := s.update(ctx, func(t *tx) (err error) {
			gone, err = t.exec(ctx, expireRejected, run, run, purgeRange)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.update(ctx, func(t *tx) error {
		for _, table := range []string{"batches", "warnings", "warning_counts", "runs"} {
			if _, err := t.exec(ctx, `DELETE FROM `+table+` WHERE run = ?`, run); err != nil {
				return err
			}
		}
		return nil
	})
}
