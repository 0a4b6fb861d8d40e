package store

import (
	"context"
	"database/sql"

	"audienceflow/runs"
)

const reasonsOfBatch = `SELECT reason, count(*) FROM rejected INDEXED BY rejected_page WHERE run = ? AND page > 0
	AND page = (SELECT page FROM batches WHERE run = ? AND batch = ?) AND batch = ? AND outcome = 'failed' GROUP BY reason`

var selectBatches = `SELECT b.batch, ` + allNumbers + ` FROM batches b JOIN outcomes o ON o.run = b.run AND o.page = b.page WHERE b.run = ? AND `

// BatchNumbers counts the rows of a batch: those that its sending has decided, by outcome, and those still pending.
func (s *Store) BatchNumbers(ctx context.Context, ref BatchRef) (runs.Numbers, error) {
	all, err := s.numbersOfBatches(ctx, ref.Run, `b.batch = ?`, ref.Batch)
	if err != nil {
		return runs.Numbers{}, err
	}
	n, found := all[ref.Batch]
	if !found {
		return runs.Numbers{}, ErrNoBatch
	}
	return n, nil
}

// BegunBatches counts the rows of every batch of a run that was begun and is not done, by its number.
func (s *Store) BegunBatches(ctx context.Context, run string) (map[int]runs.Numbers, error) {
	return s.numbersOfBatches(ctx, run, `b.attempt > 0 AND b.state <> 'done'`)
}

func (s *Store) numbersOfBatches(ctx context.Context, run, condition string, args ...any) (map[int]runs.Numbers, error) {
	all := map[int]runs.Numbers{}
	err := s.db.QueryEach(ctx, selectBatches+condition, append([]any{run}, args...), func(rows *sql.Rows) error {
		batch, n, err := scanNumbers(rows)
		all[batch] = n.ofBatch()
		return err
	})
	if err != nil {
		return nil, err
	}
	for batch, n := range all {
		if n.Failed == 0 {
			continue
		}
		err := s.db.QueryEach(ctx, reasonsOfBatch, []any{run, run, batch, batch}, func(rows *sql.Rows) error {
			var reason string
			var count int64
			err := rows.Scan(&reason, &count)
			n.Reasons[reason] = count
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
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
