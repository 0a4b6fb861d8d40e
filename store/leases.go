package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"audienceflow/store/sqldb"
)

// ExtendLease prolongs an attempt from now on; *LostAttempt when another attempt has taken over or
// the batch is not being sent.
func (s *Store) ExtendLease(ctx context.Context, ref BatchRef, attempt int64, lease time.Duration) error {
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		n, err := t.Exec(ctx, `UPDATE batches SET lease_until = ? WHERE run = ? AND batch = ? AND attempt = ? AND state = ?`,
			sqldb.Micros(now.Add(lease)), ref.Run, ref.Batch, attempt, BatchSending)
		if err != nil || n > 0 {
			return err
		}
		b, err := readBatch(ctx, t, ref)
		if err != nil {
			return err
		}
		return &LostAttempt{BatchRef: ref, Attempt: attempt, Current: b.attempt}
	})
}

const selectOpen = `SELECT b.run, b.batch, b.attempt, b.lease_until, r.destination, r.workflow_id, r.status, coalesce(r.policy, '')
	FROM batches b JOIN runs r ON r.run = b.run WHERE b.state = 'sending' AND `

const (
	openOfDestination = selectOpen + `r.destination = ? AND b.run <> ? ORDER BY b.run, b.batch`
	openByRef         = selectOpen + `b.run = ? AND b.batch = ?`
)

// OpenBatches lists batches in state sending of a destination that do not belong to the given run
// ("" for all runs). Whoever finds one whose lease has passed clears it away by RecoverBatch; its
// run's own retry takes it by TakeBatch.
func (s *Store) OpenBatches(ctx context.Context, destination, exceptRun string) ([]OpenBatch, error) {
	now, err := s.db.Now(ctx)
	if err != nil {
		return nil, err
	}
	var all []OpenBatch
	err = s.db.QueryEach(ctx, openOfDestination, []any{destination, exceptRun}, func(rows *sql.Rows) error {
		b, err := scanOpen(rows, now)
		all = append(all, b)
		return err
	})
	return all, err
}

func openBatch(ctx context.Context, t *sqldb.Tx, ref BatchRef, now time.Time) ([]OpenBatch, error) {
	var all []OpenBatch
	err := t.QueryEach(ctx, openByRef, []any{ref.Run, ref.Batch}, func(rows *sql.Rows) error {
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
	b.LeaseUntil = sqldb.FromNullMicros(lease)
	b.LeaseLeft = max(0, b.LeaseUntil.Sub(now))
	if policy == "" {
		return b, nil
	}
	return b, sqldb.AsDamaged("the policy of a run", json.Unmarshal([]byte(policy), &b.Policy))
}
