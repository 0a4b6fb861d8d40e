package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// ExtendLease prolongs an attempt from now on; *LostAttempt when another attempt has taken over or the batch is not being sent.
func (s *Store) ExtendLease(ctx context.Context, ref BatchRef, attempt int64, lease time.Duration) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE batches SET lease_until = ? WHERE run = ? AND batch = ? AND attempt = ? AND state = ?`,
			micros(now.Add(lease)), ref.Run, ref.Batch, attempt, BatchSending)
		if err != nil || n > 0 {
			return err
		}
		b, err := t.batch(ctx, ref)
		if err != nil {
			return err
		}
		return &LostAttempt{BatchRef: ref, Attempt: attempt, Current: b.attempt}
	})
}

const (
	countFlying = `SELECT count(*) FROM in_flight WHERE destination = ? AND contact > ? AND contact <= ? AND run = ? AND batch = ?`

	countBatch = `SELECT outcome, count(*) FROM staged WHERE run = ? AND contact > ? AND contact <= ? AND (batch = ? OR outcome = 'pending') GROUP BY outcome`

	countNotFound = `SELECT count(*) FROM staged s
	CROSS JOIN rejected r ON r.run = s.run AND r.contact = s.contact
	WHERE s.run = ? AND s.contact > ? AND s.contact <= ? AND s.batch = ? AND s.outcome = 'failed' AND r.outcome = 'failed' AND r.reason = 'contact_not_found'`
)

// FinishBatch ends an attempt: the batch is done when no pending row is left, else planned again. While contacts of it are in flight
// (requests whose outcome is not known) it stays in `sending` with its lease, and the next attempt recovers them. Idempotent.
func (s *Store) FinishBatch(ctx context.Context, ref BatchRef, attempt int64) (BatchCounts, error) {
	var c BatchCounts
	info, err := s.info(ctx, ref.Run)
	if err != nil {
		return c, err
	}
	err = s.update(ctx, func(t *tx) error {
		b, err := t.attempt(ctx, ref, attempt)
		if err != nil {
			return err
		}
		if c, err = t.batchCounts(ctx, info.destination, ref, b); err != nil {
			return err
		}
		if c.InFlight > 0 {
			return nil
		}
		state := BatchPlanned
		if c.Pending == 0 {
			state = BatchDone
			c.Done = true
		}
		_, err = t.exec(ctx, `UPDATE batches SET state = ?, lease_until = NULL WHERE run = ? AND batch = ?`, state, ref.Run, ref.Batch)
		return err
	})
	return c, err
}

func (t *tx) batchCounts(ctx context.Context, destination string, ref BatchRef, b batchRow) (BatchCounts, error) {
	var c BatchCounts
	if _, err := t.one(ctx, countFlying, b.inRange(destination, ref), &c.InFlight); err != nil {
		return c, err
	}
	numbers := map[string]*int64{OutcomeActivated: &c.Activated, OutcomeUnchanged: &c.Unchanged, OutcomeSuperseded: &c.Superseded,
		OutcomeFailed: &c.Failed, OutcomePending: &c.Pending}
	err := t.each(ctx, countBatch, []any{ref.Run, b.first, b.last, ref.Batch}, func(rows *sql.Rows) error {
		var outcome string
		var n int64
		err := rows.Scan(&outcome, &n)
		if number := numbers[outcome]; number != nil {
			*number = n
		}
		return err
	})
	if err != nil || c.Failed == 0 {
		return c, err
	}
	_, err = t.one(ctx, countNotFound, []any{ref.Run, b.first, b.last, ref.Batch}, &c.NotFound)
	return c, err
}

const selectOpen = `SELECT b.run, b.batch, b.attempt, b.lease_until, r.destination, r.workflow_id, r.status, coalesce(r.policy, '')
	FROM batches b JOIN runs r ON r.run = b.run WHERE b.state = 'sending' AND `

const (
	openOfDestination = selectOpen + `r.destination = ? AND b.run <> ? ORDER BY b.run, b.batch`
	openByRef         = selectOpen + `b.run = ? AND b.batch = ?`
)

// OpenBatches lists batches in state sending of a destination that do not belong to the given run ("" for all runs). Whoever finds
// one whose lease has passed takes it over: TakeBatch if it belongs to a run that goes on, else RecoverBatch.
func (s *Store) OpenBatches(ctx context.Context, destination, exceptRun string) ([]OpenBatch, error) {
	now, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	var all []OpenBatch
	err = s.readEach(ctx, openOfDestination, []any{destination, exceptRun}, func(rows *sql.Rows) error {
		b, err := scanOpen(rows, now)
		all = append(all, b)
		return err
	})
	return all, err
}

func (t *tx) openBatch(ctx context.Context, ref BatchRef, now time.Time) ([]OpenBatch, error) {
	var all []OpenBatch
	err := t.each(ctx, openByRef, []any{ref.Run, ref.Batch}, func(rows *sql.Rows) error {
		b, err := scanOpen(rows, now)
		all = append(all, b)
		return err
	})
	return all, err
}

func scanOpen(rows *sql.Rows, now time.Time) (OpenBatch, error) {
	var b OpenBatch
	var lease sql.NullInt64
	var policy string
	if err := rows.Scan(&b.Run, &b.Batch, &b.Attempt, &lease, &b.Destination, &b.WorkflowID, &b.RunStatus, &policy); err != nil {
		return b, err
	}
	b.LeaseUntil = fromNullMicros(lease)
	b.LeaseLeft = max(0, b.LeaseUntil.Sub(now))
	if policy == "" {
		return b, nil
	}
	return b, json.Unmarshal([]byte(policy), &b.Policy)
}
