package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// purgeRange is how many rows one transaction deletes, dropRange how many whole pages.
const (
	purgeRange = 5000
	dropRange  = 16
)

const (
	keptOfPage = `SELECT contact FROM rejected INDEXED BY rejected_page WHERE run = ? AND page > 0 AND page = ? AND outcome = 'failed' AND state = 'kept'`

	// notNeeded leaves out pages with rows that are not done with.
	notNeeded = ` AND page NOT IN (
	SELECT page FROM rejected INDEXED BY rejected_page WHERE run = ? AND page > 0 AND outcome = 'failed' AND state = 'kept'
	UNION SELECT b.page FROM in_flight f JOIN batches b ON b.run = f.run AND b.batch = f.batch WHERE f.destination = ? AND f.run = ?)`

	flyingPages = `SELECT b.page FROM in_flight f JOIN batches b ON b.run = f.run AND b.batch = f.batch WHERE f.destination = ? AND f.run = ?`

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
	if err := s.DropBlocks(ctx, run); err != nil { // of a run that ended while it was staging
		return err
	}
	if err := s.dropPages(ctx, run, notNeeded, run, r.Destination, run); err != nil {
		return err
	}
	return s.EachPage(ctx, run, func(t *sqldb.Tx, p *page) error {
		var flying []int
		err := t.QueryEach(ctx, flyingPages, []any{r.Destination, run}, sqldb.Column(&flying))
		if err != nil || slices.Contains(flying, p.number) {
			return err
		}
		return compact(ctx, t, p)
	})
}

// dropPages deletes the pages of a run that meet a further condition, in ranges.
func (s *Store) dropPages(ctx context.Context, run, condition string, args ...any) error {
	last, err := lastPage(ctx, s.db.Reader(), run)
	if err != nil {
		return sqldb.Explain(err)
	}
	for from := 0; from < last; from += dropRange {
		err := s.db.Update(ctx, func(t *sqldb.Tx) error {
			for _, table := range []string{"staged", "outcomes"} {
				query := `DELETE FROM ` + table + ` WHERE run = ? AND page > ? AND page <= ?` + condition
				if _, err := t.Exec(ctx, query, append([]any{run, from, from + dropRange}, args...)...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compact drops all rows of a page but for failed ones that are kept for a replay.
func compact(ctx context.Context, t *sqldb.Tx, p *page) error {
	var kept []string
	if err := t.QueryEach(ctx, keptOfPage, []any{p.run, p.number}, sqldb.Column(&kept)); err != nil {
		return err
	}
	slices.Sort(kept)
	p.rows = slices.DeleteFunc(p.rows, func(r pageRow) bool {
		_, keep := slices.BinarySearch(kept, r.Contact)
		return !keep || !r.is(runs.OutcomeFailed)
	})
	return keepPage(ctx, t, p)
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
		if warnings, err = s.StagedWarnings(ctx, run); err != nil {
			return err
		}
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		n, err := t.Exec(ctx, `UPDATE runs SET counts = ?, purged = 1 WHERE run = ? AND purged = 0`, string(text), run)
		if err != nil || n == 0 {
			return err
		}
		return keepWarnings(ctx, t, run, warnings)
	})
}

// Expire deletes runs that ended before the given time, with all their rows, rejected ones included. A run with contacts in flight
// is left for whoever recovers it. Ledgers stay. In ranges; gives how many runs went.
func (s *Store) Expire(ctx context.Context, before time.Time) (int64, error) {
	if err := s.ExpireFailureDetails(ctx, before); err != nil {
		return 0, err
	}
	var list []string
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
	if err := s.DropBlocks(ctx, run); err != nil {
		return err
	}
	if err := s.dropPages(ctx, run, ""); err != nil {
		return err
	}
	for gone := int64(1); gone > 0; {
		err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
			gone, err = t.Exec(ctx, expireRejected, run, run, purgeRange)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		for _, table := range []string{"batches", "warnings", "warning_counts", "runs"} {
			if _, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE run = ?`, run); err != nil {
				return err
			}
		}
		return nil
	})
}
