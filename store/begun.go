package store

import (
	"context"
	"database/sql"
)

// BatchNumbers are the rows that the sending of a batch has decided, by outcome, and those still pending.
type BatchNumbers struct {
	Activated  int64
	Unchanged  int64
	Superseded int64
	Failed     int64
	Pending    int64
	Warnings   int64            // values left out of rows activated or unchanged
	ByStatus   ByStatus         // activated rows
	Reasons    map[string]int64 // of failed rows
}

const reasonsOfBatch = `SELECT reason, count(*) FROM rejected INDEXED BY rejected_page WHERE run = ? AND page > 0
	AND page = (SELECT page FROM batches WHERE run = ? AND batch = ?) AND batch = ? AND outcome = 'failed' GROUP BY reason`

var selectBatches = `SELECT b.batch, ` + allNumbers + ` FROM batches b JOIN outcomes o ON o.run = b.run AND o.page = b.page WHERE b.run = ? AND `

// BatchNumbers counts the rows of a batch.
func (s *Store) BatchNumbers(ctx context.Context, ref BatchRef) (BatchNumbers, error) {
	all, err := s.numbersOfBatches(ctx, ref.Run, `b.batch = ?`, ref.Batch)
	if err != nil {
		return BatchNumbers{}, err
	}
	n, found := all[ref.Batch]
	if !found {
		return BatchNumbers{}, ErrNoBatch
	}
	return n, nil
}

// BegunBatches counts the rows of every batch of a run that was begun and is not done, by its number.
func (s *Store) BegunBatches(ctx context.Context, run string) (map[int]BatchNumbers, error) {
	return s.numbersOfBatches(ctx, run, `b.attempt > 0 AND b.state <> 'done'`)
}

func (s *Store) numbersOfBatches(ctx context.Context, run, condition string, args ...any) (map[int]BatchNumbers, error) {
	all := map[int]BatchNumbers{}
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
func (n *pageNumbers) ofBatch() BatchNumbers {
	return BatchNumbers{
		Activated: n.activated(), Unchanged: n[nSentUnchanged], Superseded: n[nSentSuperseded], Failed: n[nSentFailed], Pending: n.pending(),
		Warnings: n[nSentWarnings], ByStatus: ByStatus{Realized: n[nRealized], Exited: n[nExited]}, Reasons: map[string]int64{},
	}
}

// ofAttempt gives them as the one who ends an attempt wants them.
func (n *pageNumbers) ofAttempt(flying int) BatchCounts {
	b := n.ofBatch()
	return BatchCounts{
		Done: b.Pending == 0 && flying == 0, Activated: b.Activated, Unchanged: b.Unchanged, Superseded: b.Superseded, Failed: b.Failed,
		NotFound: n[nSentNotFound], Pending: b.Pending, InFlight: int64(flying),
	}
}
