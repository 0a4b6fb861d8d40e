package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

const takeSubjects = selectSubjects + `s.contact > ? AND s.contact <= ? AND s.outcome = 'pending' ORDER BY s.contact`

var putInFlight = newManyRows(`INSERT INTO in_flight (destination, contact, run, batch, attempt)`, 5, ``)

// batchRow is a row of batches.
type batchRow struct {
	first, last string
	state       string
	attempt     int64
	leaseUntil  time.Time
}

func (t *tx) batch(ctx context.Context, ref BatchRef) (batchRow, error) {
	var b batchRow
	var lease sql.NullInt64
	found, err := t.one(ctx, `SELECT first_contact, last_contact, state, attempt, lease_until FROM batches WHERE run = ? AND batch = ?`,
		[]any{ref.Run, ref.Batch}, &b.first, &b.last, &b.state, &b.attempt, &lease)
	if err == nil && !found {
		err = ErrNoBatch
	}
	b.leaseUntil = fromNullMicros(lease)
	return b, err
}

// TakeBatch begins an attempt at a batch: in one transaction it compares the batch's pending rows with the ledgers again, marks the
// contacts of those still to be sent as in flight, and makes the batch `sending`. See Taken for what to do with the rows.
// The lease runs by the store's clock; it must be longer than a request may take.
func (s *Store) TakeBatch(ctx context.Context, ref BatchRef, p Policy, lease time.Duration) (*Taken, error) {
	return s.take(ctx, ref, p, lease, false)
}

// RecoverBatch begins an attempt that only finds out what became of rows in flight: it takes no further ones. For whoever meets a
// batch of a run that is over (see OpenBatches, which gives the policy): read the recovered rows back, book those that are there,
// release the others once LeaseLeft is over, and finish the batch.
func (s *Store) RecoverBatch(ctx context.Context, ref BatchRef, p Policy, lease time.Duration) (*Taken, error) {
	return s.take(ctx, ref, p, lease, true)
}

func (s *Store) take(ctx context.Context, ref BatchRef, p Policy, lease time.Duration, onlyRecover bool) (*Taken, error) {
	info, err := s.planned(ctx, ref.Run, p)
	if err != nil {
		return nil, err
	}
	if info.dry() {
		return nil, errors.New("a dry run is never sent")
	}
	now, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	var taken *Taken
	err = s.update(ctx, func(t *tx) error {
		if err := t.lock(ctx, p.Destination); err != nil {
			return err
		}
		b, err := t.batch(ctx, ref)
		if err != nil {
			return err
		}
		if b.state == BatchDone {
			taken = &Taken{Attempt: b.attempt, Done: true}
			return nil
		}
		taken = newTaken(b, now)
		_, err = t.exec(ctx, `UPDATE batches SET state = ?, attempt = ?, lease_until = ? WHERE run = ? AND batch = ?`,
			BatchSending, taken.Attempt, micros(now.Add(lease)), ref.Run, ref.Batch)
		if err != nil {
			return err
		}
		subjects, err := t.subjects(ctx, takeSubjects, subjectArgs(p, ref.Run, b.first, b.last))
		if err != nil {
			return err
		}
		taking := &taking{taken: taken, ref: ref, policy: p, decided: newDecisions(ref.Run, p, info, micros(now)), blockers: map[BatchRef]bool{},
			first: b.first, last: b.last, onlyRecover: onlyRecover}
		for _, subject := range subjects {
			taking.add(subject)
		}
		return taking.write(ctx, t, now)
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

func newTaken(b batchRow, now time.Time) *Taken {
	taken := &Taken{Attempt: b.attempt + 1}
	if b.state == BatchSending {
		taken.LeaseUntil = b.leaseUntil
		taken.LeaseLeft = max(0, b.leaseUntil.Sub(now))
	}
	return taken
}

// taking gathers what an attempt takes, and what it finds to be done already.
type taking struct {
	taken    *Taken
	ref      BatchRef
	policy   Policy
	decided  *decisions
	marks    []any
	freed    []string // marked by an earlier attempt, and needing nothing any more
	blockers map[BatchRef]bool
	first    string // the batch's range
	last     string

	onlyRecover bool
}

func (k *taking) add(s *subject) {
	if s.busy(k.ref) {
		k.taken.Deferred++
		k.blockers[s.holder] = true
		return
	}
	recovered := s.holder == k.ref
	if k.onlyRecover && !recovered {
		return
	}
	v := decide(s, k.policy, false, true)
	if v.outcome == OutcomePending {
		row := TakenRow{Contact: s.contact, Exited: s.exited, Changes: v.changes, settled: v.settled, policy: &k.policy}
		if recovered {
			k.taken.Recovered = append(k.taken.Recovered, row)
			return
		}
		k.taken.Rows = append(k.taken.Rows, row)
		k.marks = append(k.marks, k.policy.Destination, s.contact, k.ref.Run, k.ref.Batch, k.taken.Attempt)
		return
	}
	if v.outcome == OutcomeSuperseded {
		k.taken.Superseded++
	} else {
		k.taken.Unchanged++
	}
	k.decided.add(s, v)
	if recovered {
		k.freed = append(k.freed, s.contact)
	}
}

func (k *taking) write(ctx context.Context, t *tx, now time.Time) error {
	k.decided.batch = k.ref.Batch
	if err := k.decided.writeLists(ctx, t); err != nil {
		return err
	}
	if len(k.taken.Recovered) > 0 {
		_, err := t.exec(ctx, inherit, k.taken.Attempt, k.policy.Destination, k.first, k.last, k.ref.Run, k.ref.Batch)
		if err != nil {
			return err
		}
	}
	if err := t.land(ctx, k.policy.Destination, k.ref, k.freed); err != nil {
		return err
	}
	if err := t.insert(ctx, putInFlight, k.marks); err != nil {
		return err
	}
	for ref := range k.blockers {
		blocker, err := t.openBatch(ctx, ref, now)
		if err != nil {
			return err
		}
		k.taken.Blockers = append(k.taken.Blockers, blocker...)
	}
	return nil
}

// A batch's contacts in flight lie in its range: the key finds them without an index of its own.
const inherit = `UPDATE in_flight SET attempt = ? WHERE destination = ? AND contact > ? AND contact <= ? AND run = ? AND batch = ?`

const landContacts = `DELETE FROM in_flight WHERE destination = ? AND run = ? AND batch = ? AND contact IN (*)`

// land says that contacts are no longer in flight by a batch.
func (t *tx) land(ctx context.Context, destination string, ref BatchRef, contacts []string) error {
	_, err := t.execList(ctx, landContacts, []any{destination, ref.Run, ref.Batch}, contacts)
	return err
}
