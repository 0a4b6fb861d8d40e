package store

import (
	"context"
	"strings"
)

// Book records what Dynamics accepted and refused, in one transaction: ledgers, outcomes, rejected rows; the contacts are no longer
// in flight. Rows that this batch has not in flight (booked before, or released) are passed over, so that booking twice changes
// nothing. *LostAttempt when another attempt has taken over: nothing was booked.
func (s *Store) Book(ctx context.Context, ref BatchRef, attempt int64, written []TakenRow, failed []Failure) error {
	info, err := s.info(ctx, ref.Run)
	if err != nil {
		return err
	}
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		if err := t.lock(ctx, info.destination); err != nil {
			return err
		}
		row, err := t.attempt(ctx, ref, attempt)
		if err != nil {
			return err
		}
		page, err := t.page(ctx, ref.Run, row.page)
		if err != nil {
			return err
		}
		flying, err := t.flying(ctx, info.destination, ref)
		if err != nil {
			return err
		}
		b := &booking{page: page, batch: ref.Batch, at: micros(now), flying: flying}
		for i := range written {
			b.accept(&written[i])
		}
		for _, failure := range failed {
			b.refuse(failure)
		}
		if err := b.write(ctx, t); err != nil {
			return err
		}
		return t.fly(ctx, info.destination, ref, b.flying)
	})
}

// attempt checks that a batch is still the attempt's.
func (t *tx) attempt(ctx context.Context, ref BatchRef, attempt int64) (batchRow, error) {
	b, err := t.batch(ctx, ref)
	if err == nil && b.attempt != attempt {
		err = &LostAttempt{BatchRef: ref, Attempt: attempt, Current: b.attempt}
	}
	return b, err
}

// booking gathers what became of rows that were sent.
type booking struct {
	page     *page
	batch    int
	at       int64
	flying   flight
	ledger   *ledgerWrites
	rejected []any
}

// lands gives the row of a contact that was in flight, which it is no longer; nil if it was not.
func (b *booking) lands(contact string) *pageRow {
	if !b.flying[contact] {
		return nil
	}
	delete(b.flying, contact)
	return b.page.find(contact)
}

func (b *booking) accept(taken *TakenRow) {
	r := b.lands(taken.Contact)
	if r == nil {
		return
	}
	r.outcome, r.before = OutcomeActivated, nil
	if taken.policy == nil {
		return
	}
	if b.ledger == nil {
		b.ledger = newLedgerWrites(b.page.run, *taken.policy)
	}
	b.ledger.book(taken.Contact, taken.settled)
}

func (b *booking) refuse(f Failure) {
	r := b.lands(f.Contact)
	if r == nil {
		return
	}
	r.outcome, r.before, r.notFound = OutcomeFailed, nil, f.Reason == ReasonNotFound
	b.rejected = append(b.rejected, b.page.rejection(r, b.batch, f, b.at)...)
}

func (b *booking) write(ctx context.Context, t *tx) error {
	if b.ledger != nil {
		if err := b.ledger.write(ctx, t, &known{}); err != nil {
			return err
		}
	}
	if err := t.insert(ctx, rejectRows, b.rejected); err != nil {
		return err
	}
	return t.keepOutcomes(ctx, b.page)
}

// Release gives rows back that were not sent: no longer in flight, still pending. Idempotent; *LostAttempt as in Book. Rows whose
// request was sent and whose outcome is not known must not be released: the next attempt reads them back.
func (s *Store) Release(ctx context.Context, ref BatchRef, attempt int64, contacts []string) error {
	info, err := s.info(ctx, ref.Run)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		if err := t.lock(ctx, info.destination); err != nil {
			return err
		}
		if _, err := t.attempt(ctx, ref, attempt); err != nil || len(contacts) == 0 {
			return err
		}
		flying, err := t.flying(ctx, info.destination, ref)
		if err != nil {
			return err
		}
		for _, contact := range contacts {
			delete(flying, contact)
		}
		return t.fly(ctx, info.destination, ref, flying)
	})
}

// cleanText makes Dynamics' words fit to be kept: PostgreSQL takes neither NUL nor invalid UTF-8.
func cleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}
