package store

import (
	"context"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

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
func (s *Store) CountBatches(ctx context.Context, run string) (all, done int, err error) {
	_, err = s.db.QueryOne(ctx, countBatches, []any{run}, &all, &done)
	return all, done, err
}

// BatchNumbers counts the rows of a batch: those that its sending has decided, by outcome, and
// those still pending.
func (s *Store) BatchNumbers(ctx context.Context, ref BatchRef) (runs.Numbers, error) {
	var page int
	var numbers staging.Numbers
	t := s.db.Reader()
	found, err := t.QueryOne(ctx, t.Words(selectBatch), []any{ref.Run, ref.Batch}, append([]any{&page}, numbers.Into()...)...)
	if err != nil {
		return runs.Numbers{}, sqldb.Explain(err)
	}
	if !found {
		return runs.Numbers{}, ErrNoBatch
	}
	n := ofBatch(numbers)
	if n.Failed == 0 {
		return n, nil
	}
	return n, s.CountReasonsOfBatch(ctx, ref.Run, page, ref.Batch, n.Reasons)
}

// ofBatch gives the numbers of the page that is a batch: of its rows, those that were to be sent.
func ofBatch(n staging.Numbers) runs.Numbers {
	b := runs.Numbers{
		Activated: n.Activated(), Unchanged: n.SentUnchanged, Superseded: n.SentSuperseded, Failed: n.SentFailed, Pending: n.Pending(),
		Warnings: n.SentWarnings, ByStatus: runs.ByStatus{Realized: n.Realized, Exited: n.Exited}, Reasons: map[string]int64{},
	}
	b.Received = b.Activated + b.Unchanged + b.Superseded + b.Failed + b.Pending
	return b
}

// ofAttempt gives them as the one who ends an attempt wants them.
func ofAttempt(n staging.Numbers, flying int) BatchCounts {
	b := ofBatch(n)
	return BatchCounts{Numbers: b, Done: b.Pending == 0 && flying == 0, InFlight: int64(flying)}
}
