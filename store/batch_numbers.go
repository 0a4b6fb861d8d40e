package store

import (
	"context"
	"database/sql"

	"audienceflow/runs"
)

const reasonsOfBatch = `SELECT reason, count(*) FROM rejected INDEXED BY rejected_page WHERE run = ? AND page > 0
	AND page = (SELECT page FROM batches WHERE run = ? AND batch = ?) AND batch = ? AND outcome = 'failed' GROUP BY reason`

var selectBatch = `SELECT ` + allNumbers + ` FROM batches b JOIN outcomes o ON o.run = b.run AND o.page = b.page WHERE b.run = ? AND b.batch = ?`

// BatchNumbers counts the rows of a batch: those that its sending has decided, by outcome, and those still pending.
func (s *Store) BatchNumbers(ctx context.Context, ref BatchRef) (runs.Numbers, error) {
	var pages pageNumbers
	found, err := s.db.QueryOne(ctx, selectBatch, []any{ref.Run, ref.Batch}, pages.into()...)
	if err != nil {
		return runs.Numbers{}, err
	}
	if !found {
		return runs.Numbers{}, ErrNoBatch
	}
	n := pages.ofBatch()
	if n.Failed == 0 {
		return n, nil
	}
	err = s.db.QueryEach(ctx, reasonsOfBatch, []any{ref.Run, ref.Run, ref.Batch, ref.Batch}, func(rows *sql.Rows) error {
		var reason string
		var count int64
		err := rows.Scan(&reason, &count)
		n.Reasons[reason] = count
		return err
	})
	return n, err
}

// ofBatch gives the numbers of the page that is a batch: of its rows, those that were to be sent.
func (n *pageNumbers) ofBatch() runs.Numbers {
	b := runs.Numbers{
		Activated: n.activated(), Unchanged: n[nSentUnchanged], Superseded: n[nSentSuperseded], Failed: n[nSentFailed], Pending: n.pending(),
		Warnings: n[nSentWarnings], ByStatus: runs.ByStatus{Realized: n[nRealized], Exited: n[nExited]}, Reasons: map[string]int64{},
	}
	b.Received = b.Activated + b.Unchanged + b.Superseded + b.Failed + b.Pending
	return b
}

// ofAttempt gives them as the one who ends an attempt wants them.
func (n *pageNumbers) ofAttempt(flying int) BatchCounts {
	b := n.ofBatch()
	return BatchCounts{Numbers: b, Done: b.Pending == 0 && flying == 0, InFlight: int64(flying)}
}
