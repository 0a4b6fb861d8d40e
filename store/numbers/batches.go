package numbers

import (
	"context"
	"database/sql"
	"errors"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// ErrNoBatch is the error of a batch that the store does not know.
var ErrNoBatch = errors.New("the store does not know this batch")

// selectBatch looks the page of a batch up by its key; see staging for the words of PostgreSQL.
var selectBatch = sqldb.Statement{
	SQLite: `SELECT b.page, ` + staging.NumberColumns + ` FROM batches b
	JOIN outcomes o ON o.run = b.run AND o.page = b.page WHERE b.run = ? AND b.batch = ?`,
	PostgreSQL: `SELECT b.page, ` + staging.NumberColumns + ` FROM batches b
	JOIN LATERAL (SELECT * FROM outcomes o WHERE o.run = b.run AND o.page = b.page OFFSET 0) o ON true
	WHERE b.run = ? AND b.batch = ?`,
}

const countBatches = `SELECT count(*), CAST(coalesce(sum(CASE state WHEN 'done' THEN 1 ELSE 0 END), 0) AS BIGINT) FROM batches WHERE run = ?`

// CountBatches counts the batches of a run, and those that are done.
func (c *Counter) CountBatches(ctx context.Context, run string) (all, done int, err error) {
	_, err = c.db.QueryOne(ctx, countBatches, []any{run}, &all, &done)
	return all, done, err
}

// BatchNumbers counts the rows of a batch: those that its sending has decided, by outcome, and
// those still pending.
func (c *Counter) BatchNumbers(ctx context.Context, run string, batch int) (runs.Numbers, error) {
	var page int
	var counted staging.Numbers
	t := c.db.Reader()
	found, err := t.QueryOne(ctx, t.Words(selectBatch), []any{run, batch}, append([]any{&page}, counted.Into()...)...)
	if err != nil {
		return runs.Numbers{}, sqldb.Explain(err)
	}
	if !found {
		return runs.Numbers{}, ErrNoBatch
	}
	n := OfBatch(counted)
	if n.Failed == 0 {
		return n, nil
	}
	return n, c.rows.CountReasonsOfBatch(ctx, run, page, batch, n.Reasons)
}

// OfBatch gives the numbers of the page that is a batch: of its rows, those that were to be sent.
func OfBatch(n staging.Numbers) runs.Numbers {
	b := runs.Numbers{
		Activated: n.Activated(), Unchanged: n.SentUnchanged, Superseded: n.SentSuperseded, Failed: n.SentFailed, Pending: n.Pending(),
		Warnings: n.SentWarnings, HeldBack: n.SentHeldBack, ByStatus: runs.ByStatus{Realized: n.Realized, Exited: n.Exited}, Reasons: map[string]int64{},
	}
	b.Received = b.Activated + b.Unchanged + b.Superseded + b.Failed + b.Pending
	return b
}

// Batches gives the number of batches of a run by state.
func (c *Counter) Batches(ctx context.Context, run string) (map[string]int, error) {
	states := map[string]int{}
	err := c.db.QueryEach(ctx, `SELECT state, count(*) FROM batches WHERE run = ? GROUP BY state`, []any{run}, func(rows *sql.Rows) error {
		var state string
		var n int
		err := rows.Scan(&state, &n)
		states[state] = n
		return err
	})
	return states, err
}
