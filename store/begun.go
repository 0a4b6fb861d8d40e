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

const (
	numbersOfBatch = `SELECT s.outcome, s.exited, count(*), CAST(sum(s.warnings) AS BIGINT) FROM staged s
		WHERE s.run = ? AND s.contact > ? AND s.contact <= ? AND (s.batch = ? OR s.outcome = 'pending') GROUP BY s.outcome, s.exited`

	reasonsOfBatch = `SELECT r.reason, count(*) FROM staged s JOIN rejected r ON r.run = s.run AND r.contact = s.contact AND r.outcome = 'failed'
		WHERE s.run = ? AND s.contact > ? AND s.contact <= ? AND s.batch = ? AND s.outcome = 'failed' GROUP BY r.reason`

	begunBatches = `SELECT batch, first_contact, last_contact FROM batches WHERE run = ? AND attempt > 0 AND state <> 'done'`
)

// BatchNumbers counts the rows of a batch.
func (s *Store) BatchNumbers(ctx context.Context, ref BatchRef) (BatchNumbers, error) {
	var first, last string
	found, err := s.readOne(ctx, `SELECT first_contact, last_contact FROM batches WHERE run = ? AND batch = ?`, []any{ref.Run, ref.Batch}, &first, &last)
	if err != nil {
		return BatchNumbers{}, err
	}
	if !found {
		return BatchNumbers{}, ErrNoBatch
	}
	return s.numbersBetween(ctx, ref, first, last)
}

// BegunBatches counts the rows of every batch of a run that was begun and is not done, by its number.
func (s *Store) BegunBatches(ctx context.Context, run string) (map[int]BatchNumbers, error) {
	type bounds struct {
		batch       int
		first, last string
	}
	var begun []bounds
	err := s.readEach(ctx, begunBatches, []any{run}, func(rows *sql.Rows) error {
		var b bounds
		err := rows.Scan(&b.batch, &b.first, &b.last)
		begun = append(begun, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	numbers := make(map[int]BatchNumbers, len(begun))
	for _, b := range begun {
		if numbers[b.batch], err = s.numbersBetween(ctx, BatchRef{Run: run, Batch: b.batch}, b.first, b.last); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

func (s *Store) numbersBetween(ctx context.Context, ref BatchRef, first, last string) (BatchNumbers, error) {
	n := BatchNumbers{Reasons: map[string]int64{}}
	place := []any{ref.Run, first, last, ref.Batch}
	err := s.readEach(ctx, numbersOfBatch, place, func(rows *sql.Rows) error {
		var outcome string
		var exited, count, warnings int64
		if err := rows.Scan(&outcome, &exited, &count, &warnings); err != nil {
			return err
		}
		n.add(outcome, exited != 0, count, warnings)
		return nil
	})
	if err != nil || n.Failed == 0 {
		return n, err
	}
	return n, s.readEach(ctx, reasonsOfBatch, place, func(rows *sql.Rows) error {
		var reason string
		var count int64
		err := rows.Scan(&reason, &count)
		n.Reasons[reason] = count
		return err
	})
}

func (n *BatchNumbers) add(outcome string, exited bool, count, warnings int64) {
	switch outcome {
	case OutcomePending:
		n.Pending += count
	case OutcomeSuperseded:
		n.Superseded += count
	case OutcomeFailed:
		n.Failed += count
	case OutcomeUnchanged:
		n.Unchanged += count
		n.Warnings += warnings
	case OutcomeActivated:
		n.Activated += count
		n.Warnings += warnings
		if exited {
			n.ByStatus.Exited += count
		} else {
			n.ByStatus.Realized += count
		}
	}
}
