package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

const (
	inFlightOf     = `SELECT contact FROM in_flight WHERE destination = ? AND contact > ? AND contact <= ? AND run = ? AND batch = ?`
	activateFlying = `UPDATE staged SET outcome = ?, batch = ? WHERE run = ? AND contact > ? AND contact <= ? AND outcome = 'pending'
	AND EXISTS (SELECT 1 FROM in_flight f WHERE f.destination = ? AND f.contact = staged.contact AND f.run = ? AND f.batch = ? LIMIT 1 OFFSET 0)`
	pendingInRange = `SELECT count(*) FROM staged WHERE run = ? AND contact > ? AND contact <= ? AND outcome = 'pending'`
	activateRange  = `UPDATE staged SET outcome = ?, batch = ? WHERE run = ? AND contact > ? AND contact <= ? AND outcome = 'pending'`
	landAll        = `DELETE FROM in_flight WHERE destination = ? AND contact > ? AND contact <= ? AND run = ? AND batch = ?`
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
		flying, err := t.inFlight(ctx, info.destination, ref, row)
		if err != nil {
			return err
		}
		b := newBooking(ref, info, micros(now))
		for i := range written {
			if flying[written[i].Contact] {
				delete(flying, written[i].Contact)
				b.accept(&written[i])
			}
		}
		var refused []Failure
		for _, failure := range failed {
			if flying[failure.Contact] {
				delete(flying, failure.Contact)
				refused = append(refused, failure)
			}
		}
		if err := b.refuse(ctx, t, refused); err != nil {
			return err
		}
		if err := b.write(ctx, t); err != nil {
			return err
		}
		if len(flying) == 0 { // the usual case: everything taken is settled
			return b.landAll(ctx, t, row)
		}
		return b.land(ctx, t)
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

// inRange gives the parameters that find a batch's contacts in flight.
func (b batchRow) inRange(destination string, ref BatchRef) []any {
	return []any{destination, b.first, b.last, ref.Run, ref.Batch}
}

func (t *tx) inFlight(ctx context.Context, destination string, ref BatchRef, b batchRow) (map[string]bool, error) {
	flying := map[string]bool{}
	err := t.each(ctx, inFlightOf, b.inRange(destination, ref), func(rows *sql.Rows) error {
		var contact string
		err := rows.Scan(&contact)
		flying[contact] = true
		return err
	})
	return flying, err
}

// booking gathers what became of rows that were sent.
type booking struct {
	ref       BatchRef
	info      runInfo
	at        int64
	ledger    *ledgerWrites
	activated []string
	failed    []string
	rejected  []any
}

func newBooking(ref BatchRef, info runInfo, at int64) *booking {
	return &booking{ref: ref, info: info, at: at}
}

func (b *booking) accept(row *TakenRow) {
	b.activated = append(b.activated, row.Contact)
	if row.policy == nil {
		return
	}
	if b.ledger == nil {
		b.ledger = newLedgerWrites(b.ref.Run, *row.policy)
	}
	b.ledger.book(row.Contact, row.settled)
}

const rowPlaces = `SELECT contact, position, line FROM staged WHERE run = ? AND contact IN (*)`

func (b *booking) refuse(ctx context.Context, t *tx, failures []Failure) error {
	byContact := make(map[string]Failure, len(failures))
	for _, failure := range failures {
		byContact[failure.Contact] = failure
		b.failed = append(b.failed, failure.Contact)
	}
	return t.eachList(ctx, rowPlaces, []any{b.ref.Run}, b.failed, func(rows *sql.Rows) error {
		var contact string
		var position, line int64
		if err := rows.Scan(&contact, &position, &line); err != nil {
			return err
		}
		f := byContact[contact]
		b.rejected = append(b.rejected, b.ref.Run, position, contact, line, OutcomeFailed, f.Reason, f.Column, f.Code, cleanText(f.Text), f.RequestID, b.at)
		return nil
	})
}

func (b *booking) write(ctx context.Context, t *tx) error {
	if b.ledger != nil {
		if err := b.ledger.write(ctx, t); err != nil {
			return err
		}
	}
	if err := t.insert(ctx, rejectRows, b.rejected); err != nil {
		return err
	}
	_, err := t.execList(ctx, setOutcomeBatch, []any{OutcomeFailed, b.ref.Batch, b.ref.Run}, b.failed)
	return err
}

// landAll says that all contacts of the batch that were in flight have landed; those that are still pending were activated.
// Where nothing else of its range is pending, as is usual, that takes a third of the time: SQLite changes the rows as it meets
// them, while with a look at another table it would first list them all.
func (b *booking) landAll(ctx context.Context, t *tx, row batchRow) error {
	var pending int
	inRange := []any{b.ref.Run, row.first, row.last}
	if _, err := t.one(ctx, pendingInRange, inRange, &pending); err != nil {
		return err
	}
	query, args := activateRange, append([]any{OutcomeActivated, b.ref.Batch}, inRange...)
	if pending != len(b.activated) { // contacts are in flight for somebody else
		query, args = activateFlying, append(args, b.info.destination, b.ref.Run, b.ref.Batch)
	}
	if _, err := t.exec(ctx, query, args...); err != nil {
		return err
	}
	_, err := t.exec(ctx, landAll, row.inRange(b.info.destination, b.ref)...)
	return err
}

// land does the same contact by contact, while others of the batch are in flight.
func (b *booking) land(ctx context.Context, t *tx) error {
	if _, err := t.execList(ctx, setOutcomeBatch, []any{OutcomeActivated, b.ref.Batch, b.ref.Run}, b.activated); err != nil {
		return err
	}
	return t.land(ctx, b.info.destination, b.ref, slices.Concat(b.activated, b.failed))
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
		if _, err := t.attempt(ctx, ref, attempt); err != nil {
			return err
		}
		return t.land(ctx, info.destination, ref, contacts)
	})
}

// cleanText makes Dynamics' words fit to be kept: PostgreSQL takes neither NUL nor invalid UTF-8.
func cleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}
