package staging

import (
	"context"
	"slices"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// purgeRange is how many rows one transaction deletes, dropRange how many whole pages.
const (
	purgeRange = 5000
	dropRange  = 16
)

const (
	keptOfPage = `SELECT contact FROM rejected WHERE run = ? AND page > 0 AND page = ? AND outcome = 'failed' AND state = 'kept'`

	// decidedPages leaves out pages with rows that are kept for a replay.
	decidedPages = `SELECT page FROM outcomes WHERE run = ? AND page > ? AND page <= ? AND page NOT IN (
	SELECT page FROM rejected WHERE run = ? AND page > 0 AND outcome = 'failed' AND state = 'kept')`

	expireRejected = `DELETE FROM rejected WHERE run = ? AND position <= (
	SELECT max(position) FROM (SELECT position FROM rejected WHERE run = ? ORDER BY position LIMIT ?) first)`
)

// DropDecided deletes the rows of a run but for failed ones that are kept for a replay. In ranges;
// idempotent.
func (s *Staging) DropDecided(ctx context.Context, run string) error {
	if err := s.DropBlocks(ctx, run); err != nil { // of a run that ended while it was staging
		return err
	}
	err := s.eachRange(ctx, run, func(t *sqldb.Tx, from, to int) error {
		var decided []int
		if err := t.QueryEach(ctx, decidedPages, []any{run, from, to, run}, sqldb.Column(&decided)); err != nil {
			return err
		}
		for _, number := range decided {
			if err := dropPage(ctx, t, run, number); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.EachPage(ctx, run, func(t *sqldb.Tx, p *Page) error {
		return Compact(ctx, t, p)
	})
}

// DropRows deletes the rows of a run, rejected ones included, in ranges; see DropRest. Idempotent.
func (s *Staging) DropRows(ctx context.Context, run string) error {
	if err := s.DropBlocks(ctx, run); err != nil {
		return err
	}
	err := s.eachRange(ctx, run, func(t *sqldb.Tx, from, to int) error {
		for _, table := range []string{"staged", "outcomes"} {
			if _, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE run = ? AND page > ? AND page <= ?`, run, from, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
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
	return nil
}

// DropRest deletes what there is of a run beside its pages: blocks, rejected rows, values left out.
func DropRest(ctx context.Context, t *sqldb.Tx, run string) error {
	for _, table := range []string{"staged_blocks", "rejected", "warnings", "warning_counts"} {
		if _, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE run = ?`, run); err != nil {
			return err
		}
	}
	return nil
}

// eachRange runs fn over the pages of a run in ranges, each in a transaction of its own.
func (s *Staging) eachRange(ctx context.Context, run string, fn func(t *sqldb.Tx, from, to int) error) error {
	last, err := LastPage(ctx, s.db.Reader(), run)
	if err != nil {
		return sqldb.Explain(err)
	}
	for from := 0; from < last; from += dropRange {
		if err := s.db.Update(ctx, func(t *sqldb.Tx) error { return fn(t, from, from+dropRange) }); err != nil {
			return err
		}
	}
	return nil
}

// Compact drops all rows of a page but for failed ones that are kept for a replay.
func Compact(ctx context.Context, t *sqldb.Tx, p *Page) error {
	var kept []string
	if err := t.QueryEach(ctx, keptOfPage, []any{p.Run, p.Number}, sqldb.Column(&kept)); err != nil {
		return err
	}
	slices.Sort(kept)
	p.Rows = slices.DeleteFunc(p.Rows, func(r PageRow) bool {
		_, keep := slices.BinarySearch(kept, r.Contact)
		return !keep || !r.Is(runs.OutcomeFailed)
	})
	return KeepOrDropPage(ctx, t, p)
}
