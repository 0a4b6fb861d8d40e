package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"audienceflow/runs"
	"audienceflow/store/columns"
	"audienceflow/store/numbers"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// batchRow is a row of batches.
type batchRow struct {
	page       int
	state      string
	attempt    int64
	leaseUntil time.Time
}

func readBatch(ctx context.Context, t *sqldb.Tx, ref BatchRef) (batchRow, error) {
	var b batchRow
	var lease sql.NullInt64
	found, err := t.QueryOne(ctx, `SELECT page, state, attempt, lease_until FROM batches WHERE run = ? AND batch = ?`,
		[]any{ref.Run, ref.Batch}, &b.page, &b.state, &b.attempt, &lease)
	if err == nil && !found {
		err = numbers.ErrNoBatch
	}
	b.leaseUntil = sqldb.FromNullMicros(lease)
	return b, err
}

// takeScope says which of a batch's pending rows an attempt takes.
type takeScope int

const (
	takePending  takeScope = iota // all of them
	takeInFlight                  // those that a dead attempt has left in flight
)

// TakeBatch begins an attempt at a batch: in one transaction it compares the batch's pending rows
// with the ledgers again, marks the contacts of those still to be sent as in flight, and makes the
// batch `sending`. See Taken for what to do with the rows. The lease runs by the store's clock; it
// must be longer than a request may take.
func (s *Store) TakeBatch(ctx context.Context, ref BatchRef, p Policy, lease time.Duration) (*Taken, error) {
	return s.take(ctx, ref, p, lease, takePending)
}

// RecoverBatch begins an attempt that only finds out what became of rows in flight: it takes no
// further ones. For whoever meets a batch of another run that nobody works on any more, whether that
// run is over or not (see OpenBatches, which gives the policy): read the recovered rows back, book
// those that are there, release the others once LeaseLeft is over, and finish the batch.
func (s *Store) RecoverBatch(ctx context.Context, ref BatchRef, p Policy, lease time.Duration) (*Taken, error) {
	return s.take(ctx, ref, p, lease, takeInFlight)
}

func (s *Store) take(ctx context.Context, ref BatchRef, p Policy, lease time.Duration, scope takeScope) (*Taken, error) {
	info, err := s.planned(ctx, ref.Run, p)
	if err != nil {
		return nil, err
	}
	if info.Dry() {
		return nil, errors.New("a dry run is never sent")
	}
	now, err := s.db.Now(ctx)
	if err != nil {
		return nil, err
	}
	peeked, err := s.readAhead(ctx, ref)
	if err != nil {
		return nil, err
	}
	k := &takingAttempt{ref: ref, policy: p, blockers: map[BatchRef]bool{}, scope: scope}
	err = s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := t.Lock(ctx, p.Destination); err != nil {
			return err
		}
		if scope == takePending {
			if err := runlog.UnderWay(ctx, t, ref.Run); err != nil {
				return err
			}
		}
		b, err := readBatch(ctx, t, ref)
		if err != nil {
			return err
		}
		if b.state == BatchDone {
			k.taken = &Taken{Attempt: b.attempt, Done: true}
			return nil
		}
		k.taken = newTaken(b, now)
		_, err = t.Exec(ctx, `UPDATE batches SET state = ?, attempt = ?, lease_until = ? WHERE run = ? AND batch = ?`,
			BatchSending, k.taken.Attempt, sqldb.Micros(now.Add(lease)), ref.Run, ref.Batch)
		if err != nil {
			return err
		}
		if k.page, err = batchPage(ctx, t, p.Destination, ref, b, peeked); err != nil {
			return err
		}
		k.decided = newDecisions(k.page, p, info, sqldb.Micros(now))
		if err := k.run(ctx, t, now); err != nil || len(k.taken.Rows) == 0 {
			return err
		}
		return columns.Claim(ctx, t, ref.Run, p.Destination, p.StatusColumn, sqldb.Micros(now))
	})
	if err != nil {
		return nil, err
	}
	if !k.taken.Done {
		s.cache.Put(ref.attempt(k.taken.Attempt), k.page)
	}
	return k.taken, nil
}

func newTaken(b batchRow, now time.Time) *Taken {
	taken := &Taken{Attempt: b.attempt + 1}
	if b.state == BatchSending {
		taken.LeaseUntil = b.leaseUntil
		taken.LeaseLeft = max(0, b.leaseUntil.Sub(now))
	}
	return taken
}

// takingAttempt gathers what an attempt takes, and what it finds to be done already.
type takingAttempt struct {
	taken    *Taken
	ref      BatchRef
	policy   Policy
	page     *staging.Page
	decided  *decisions
	blockers map[BatchRef]bool

	scope takeScope
}

// run goes through the pending rows of the batch's page.
func (k *takingAttempt) run(ctx context.Context, t *sqldb.Tx, now time.Time) error {
	pending := k.page.ContactsOf(func(r *staging.PageRow) bool { return r.Is(runs.OutcomePending) })
	known, err := lookUpContacts(ctx, t, k.ref.Run, k.policy, pending)
	if err != nil {
		return err
	}
	k.taken.Rows = make([]TakenRow, 0, len(pending))
	var s subject
	for i := range k.page.Rows {
		if r := &k.page.Rows[i]; r.Is(runs.OutcomePending) {
			if err := known.subject(&s, k.page, r); err != nil {
				return err
			}
			k.add(r, &s)
		}
	}
	k.decided.batch = k.ref.Batch
	if err := k.decided.write(ctx, t, known); err != nil {
		return err
	}
	if err := keepInFlight(ctx, t, k.policy.Destination, k.ref, k.page); err != nil {
		return err
	}
	for ref := range k.blockers {
		blocker, err := openBatch(ctx, t, ref, now)
		if err != nil {
			return err
		}
		k.taken.Blockers = append(k.taken.Blockers, blocker...)
	}
	return nil
}

func (k *takingAttempt) add(r *staging.PageRow, s *subject) {
	if s.holder != (BatchRef{}) {
		k.taken.Deferred++
		k.blockers[s.holder] = true
		return
	}
	if k.scope == takeInFlight && !r.InFlight {
		return
	}
	v := decide(s, k.policy, taking)
	switch v.outcome {
	case runs.OutcomePending:
		if r.HeldBack != v.heldBack {
			r.HeldBack, k.decided.changed = v.heldBack, true
		}
		row := TakenRow{Contact: r.Contact, Exited: r.Exited, Changes: v.changes, update: v.update, policy: &k.policy}
		if r.InFlight {
			k.taken.Recovered = append(k.taken.Recovered, row)
			return
		}
		k.taken.Rows = append(k.taken.Rows, row)
		r.InFlight = true
		return
	case runs.OutcomeSuperseded:
		k.taken.Superseded++
	default:
		k.taken.Unchanged++
	}
	k.decided.add(r, s, v)
	r.InFlight = false
}
