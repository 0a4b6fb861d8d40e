package store

import (
	"context"
	"time"

	"audienceflow/runs"
	"audienceflow/store/destinations"
	"audienceflow/store/ledger"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// Booking is what became of rows that an attempt has taken. Rows that it names in no list stay in
// flight.
type Booking struct {
	Written []TakenRow        // accepted
	Failed  []staging.Failure // refused
	Back    []string          // contacts of rows that were not sent: still pending, no longer in flight
	Counted bool              // the rows were counted by CountSent before; else they are now
}

// Book records what Dynamics accepted and refused, in one transaction: ledgers, outcomes, rejected
// rows; the contacts are no longer in flight. Rows that this batch has not in flight (booked
// before, or given back) are passed over, so that booking twice changes nothing. *LostAttempt when
// another attempt has taken over: nothing was booked. Rows whose request was sent and whose outcome
// is not known must not be given back: the next attempt reads them back.
func (s *Store) Book(ctx context.Context, ref BatchRef, attempt int64, what Booking) error {
	return s.bookRows(ctx, ref, attempt, what, nil)
}

// FinishBatch books the last rows and ends an attempt: the batch is done when no pending row is
// left, else planned again. While contacts of it are in flight (requests whose outcome is not
// known) it stays in `sending` with its lease, and the next attempt recovers them. Idempotent;
// *LostAttempt as in Book.
func (s *Store) FinishBatch(ctx context.Context, ref BatchRef, attempt int64, last Booking) (BatchCounts, error) {
	var c BatchCounts
	err := s.bookRows(ctx, ref, attempt, last, func(t *sqldb.Tx, b *booking) error {
		c = ofAttempt(b.page.Count(), b.page.CountInFlight())
		if c.InFlight > 0 {
			return nil
		}
		state := BatchPlanned
		if c.Done {
			state = BatchDone
		}
		_, err := t.Exec(ctx, `UPDATE batches SET state = ?, lease_until = NULL WHERE run = ? AND batch = ?`, state, ref.Run, ref.Batch)
		return err
	})
	return c, err
}

// bookRows books rows of an attempt that still has its batch, and runs end in the same transaction;
// nil: the attempt goes on.
func (s *Store) bookRows(ctx context.Context, ref BatchRef, attempt int64, what Booking, end func(t *sqldb.Tx, b *booking) error) error {
	info, err := s.RunInfo(ctx, ref.Run)
	if err != nil {
		return err
	}
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	b := &booking{ref: ref, destination: info.Destination, now: now, page: s.cache.Take(ref.attempt(attempt))}
	if b.page != nil { // before others have to wait for it
		b.gather(what)
	}
	err = s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := t.Lock(ctx, info.Destination); err != nil {
			return err
		}
		row, err := currentAttempt(ctx, t, ref, attempt)
		if err != nil {
			return err
		}
		if b.page == nil {
			if b.page, err = batchPage(ctx, t, info.Destination, ref, row, readAhead{}); err != nil {
				return err
			}
			b.gather(what)
		}
		if err := b.write(ctx, t, what.Counted); err != nil {
			return err
		}
		if end == nil {
			return nil
		}
		return end(t, b)
	})
	if err == nil && end == nil {
		s.cache.Put(ref.attempt(attempt), b.page)
	}
	return err
}

// attempt checks that a batch is still the attempt's.
func currentAttempt(ctx context.Context, t *sqldb.Tx, ref BatchRef, attempt int64) (batchRow, error) {
	b, err := readBatch(ctx, t, ref)
	if err == nil && b.attempt != attempt {
		err = &LostAttempt{BatchRef: ref, Attempt: attempt, Current: b.attempt}
	}
	return b, err
}

// booking gathers what became of rows that were sent.
type booking struct {
	ref         BatchRef
	destination string
	now         time.Time
	page        *staging.Page
	sent        int64
	released    bool // rows are no longer in flight
	ledger      *ledger.Updates
	rejected    staging.Rejections
}

func (b *booking) gather(what Booking) {
	for i := range what.Written {
		b.accept(&what.Written[i])
	}
	for _, failure := range what.Failed {
		b.refuse(failure)
	}
	for _, contact := range what.Back {
		b.release(contact)
	}
}

// release gives the row of a contact that was in flight, which it is no longer; nil if it was not.
func (b *booking) release(contact string) *staging.PageRow {
	r := b.page.Find(contact)
	if r == nil || !r.InFlight {
		return nil
	}
	r.InFlight, b.released = false, true
	return r
}

func (b *booking) accept(taken *TakenRow) {
	r := b.release(taken.Contact)
	if r == nil {
		return
	}
	b.sent++
	r.Outcome, r.Before = runs.OutcomeActivated, nil
	if taken.policy == nil {
		return
	}
	if b.ledger == nil {
		b.ledger = ledger.NewUpdates(runlog.KnownAs(b.page.Run), taken.policy.Destination, taken.policy.StatusColumn)
	}
	b.ledger.Book(taken.Contact, taken.update)
}

func (b *booking) refuse(f staging.Failure) {
	r := b.release(f.Contact)
	if r == nil {
		return
	}
	b.sent++
	r.Outcome, r.Before, r.NotFound = runs.OutcomeFailed, nil, f.Reason == runs.ReasonNotFound
	b.rejected.Add(b.page, r, b.ref.Batch, f, sqldb.Micros(b.now))
}

// write records it. Nothing is written for nothing.
func (b *booking) write(ctx context.Context, t *sqldb.Tx, counted bool) error {
	if b.ledger != nil {
		if err := b.ledger.Write(ctx, t, nil); err != nil {
			return err
		}
	}
	if err := b.rejected.Write(ctx, t); err != nil {
		return err
	}
	if b.sent > 0 {
		if err := staging.KeepOutcomes(ctx, t, b.page); err != nil {
			return err
		}
		if !counted {
			if err := destinations.AddSent(ctx, t, b.destination, b.now, b.sent); err != nil {
				return err
			}
		}
	}
	if !b.released {
		return nil
	}
	return keepInFlight(ctx, t, b.destination, b.ref, b.page)
}
