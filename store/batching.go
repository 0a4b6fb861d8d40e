package store

import (
	"context"
	"database/sql"
	"fmt"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

const (
	// batchingPages is how many pages one transaction of cutting goes through: where one row in a
	// hundred is to be sent, a batch full.
	batchingPages = 100

	putBatch = `INSERT INTO batches (run, batch, page, rows, state) VALUES (?, ?, ?, ?, ?)`
)

var unbatchedPages = `SELECT o.page, ` + staging.NumberColumns + ` FROM outcomes o WHERE o.run = ? AND o.pending_realized + o.pending_exited > 0
	AND NOT EXISTS (SELECT 1 FROM batches b WHERE b.run = o.run AND b.page = o.page) ORDER BY o.page LIMIT ?`

// MakeBatches puts the pending rows into batches of at most size rows, in contact order. A page of
// which half or more is pending is a batch as it is; from others the pending rows are moved into
// pages of their own. Idempotent, resumable. It needs a run all of whose rows are decided.
func (s *Store) MakeBatches(ctx context.Context, run string, size int) (batches int, rows int64, err error) {
	if size < 1 {
		return 0, 0, fmt.Errorf("a batch needs at least one row, not %d", size)
	}
	if err := s.RunUnderWay(ctx, run); err != nil {
		return 0, 0, err
	}
	numbers, err := s.Sum(ctx, run)
	if err != nil {
		return 0, 0, err
	}
	if undecided := numbers.Undecided + numbers.ToRead; undecided > 0 {
		return 0, 0, fmt.Errorf("%d rows of run %s are not decided yet: plan them before making batches", undecided, run)
	}
	for done := false; !done; {
		err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
			done, err = makeNextBatches(ctx, t, run, size)
			return err
		})
		if err != nil {
			return 0, 0, err
		}
	}
	_, err = s.db.QueryOne(ctx, `SELECT count(*), CAST(coalesce(sum(rows), 0) AS BIGINT) FROM batches WHERE run = ?`, []any{run}, &batches, &rows)
	return batches, rows, err
}

// makeNextBatches makes batches of the next pages. Two attempts at once follow one another.
func makeNextBatches(ctx context.Context, t *sqldb.Tx, run string, size int) (done bool, err error) {
	if _, _, err := staging.Lock(ctx, t, run); err != nil {
		return false, err
	}
	c := &batching{run: run, size: size}
	if c.lastPage, err = staging.LastPage(ctx, t, run); err != nil {
		return false, err
	}
	if _, err = t.QueryOne(ctx, `SELECT coalesce(max(batch), 0) FROM batches WHERE run = ?`, []any{run}, &c.lastBatch); err != nil {
		return false, err
	}
	pages, err := readUnbatched(ctx, t, run)
	if err != nil {
		return false, err
	}
	for n, p := range pages {
		if len(c.moved) >= size {
			break
		}
		if err := c.add(ctx, t, p); err != nil {
			return false, err
		}
		done = n == len(pages)-1 && len(pages) < batchingPages
	}
	return done || len(pages) == 0, c.flush(ctx, t)
}

// unbatchedPage is a page with pending rows that is no batch.
type unbatchedPage struct {
	number  int
	numbers staging.Numbers
}

func readUnbatched(ctx context.Context, t *sqldb.Tx, run string) ([]unbatchedPage, error) {
	var pages []unbatchedPage
	err := t.QueryEach(ctx, unbatchedPages, []any{run, batchingPages}, func(rows *sql.Rows) error {
		var p unbatchedPage
		err := rows.Scan(append([]any{&p.number}, p.numbers.Into()...)...)
		pages = append(pages, p)
		return err
	})
	return pages, err
}

// batching makes batches of pages.
type batching struct {
	run                 string
	size                int
	lastPage, lastBatch int
	moved               []staging.PageRow
	columns             []string // of what was read of them
}

func (c *batching) add(ctx context.Context, t *sqldb.Tx, u unbatchedPage) error {
	pending := u.numbers.Pending()
	if 2*pending >= u.numbers.Staged && pending <= int64(c.size) {
		return c.batch(ctx, t, u.number, int(pending))
	}
	p, err := staging.ReadPage(ctx, t, c.run, u.number)
	if err != nil {
		return err
	}
	for i := range p.Rows {
		if r := &p.Rows[i]; r.Is(runs.OutcomePending) {
			c.moved = append(c.moved, *r)
			*r = staging.PageRow{StoredRow: r.StoredRow, Outcome: staging.OutcomeMoved}
		}
	}
	if p.Columns != nil {
		c.columns = p.Columns
	}
	return staging.KeepOutcomes(ctx, t, p)
}

// flush makes batches of the rows that were moved.
func (c *batching) flush(ctx context.Context, t *sqldb.Tx) error {
	for len(c.moved) > 0 {
		n := min(c.size, len(c.moved))
		c.lastPage++
		p := &staging.Page{Run: c.run, Number: c.lastPage, Rows: c.moved[:n], Columns: c.columns}
		c.moved = c.moved[n:]
		if err := c.batch(ctx, t, p.Number, n); err != nil {
			return err
		}
		if err := staging.AddPage(ctx, t, p); err != nil {
			return err
		}
	}
	return nil
}

// batch makes a page a batch.
func (c *batching) batch(ctx context.Context, t *sqldb.Tx, page, rows int) error {
	c.lastBatch++
	_, err := t.Exec(ctx, putBatch, c.run, c.lastBatch, page, rows, BatchPlanned)
	return err
}
