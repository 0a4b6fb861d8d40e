package store

import "context"

var putStatus = newManyRows(`INSERT INTO exported_status (destination, column_name, contact, word, exited, qualified_at, as_of, run, exported)`, 9,
	`ON CONFLICT (destination, column_name, contact) DO UPDATE SET word = excluded.word, exited = excluded.exited,
	qualified_at = excluded.qualified_at, as_of = excluded.as_of, run = excluded.run, exported = excluded.exported`)

var putValues = newManyRows(`INSERT INTO exported_contacts (destination, contact, attributes, as_of, other_as_of)`, 5,
	`ON CONFLICT (destination, contact) DO UPDATE SET attributes = excluded.attributes, as_of = excluded.as_of, other_as_of = excluded.other_as_of`)

const (
	dateStatus = `UPDATE exported_status SET qualified_at = ?, as_of = ? WHERE destination = ? AND column_name = ? AND contact IN (*)`
	dateValues = `UPDATE exported_contacts SET as_of = ?, other_as_of = NULL WHERE destination = ? AND contact IN (*)`
)

// ledgerWrites gathers what a transaction does to the ledgers of one destination and column, so that it takes few statements. Most
// rows of a repeated run change nothing but dates, and those the same for all: one statement dates them.
type ledgerWrites struct {
	run         string
	destination string
	column      string
	status      []any
	values      []any
	statusDates map[key][]string
	valueDates  map[int64][]string
}

func newLedgerWrites(run string, p Policy) *ledgerWrites {
	return &ledgerWrites{run: run, destination: p.Destination, column: p.StatusColumn,
		statusDates: map[key][]string{}, valueDates: map[int64][]string{}}
}

// book notes what a contact's ledgers hold after it was written: the run that wrote it is noted with it.
func (w *ledgerWrites) book(contact string, s settled) {
	s.statusDated, s.sameAsLedger = false, false
	w.add(contact, s)
}

// add notes what a contact's ledgers will hold.
func (w *ledgerWrites) add(contact string, s settled) {
	if s.sameAsLedger {
		return
	}
	switch {
	case s.status == nil:
	case s.statusDated:
		dates := key{qualifiedAt: s.status.key.qualifiedAt, asOf: s.status.key.asOf}
		w.statusDates[dates] = append(w.statusDates[dates], contact)
	default:
		w.putStatus(contact, s.status)
	}
	if s.values == nil {
		return
	}
	if s.valuesDated {
		asOf := s.values[0].asOf
		w.valueDates[asOf] = append(w.valueDates[asOf], contact)
		return
	}
	attributes, asOf, other := s.values.ledger()
	w.values = append(w.values, w.destination, contact, attributes, asOf, other)
}

func (w *ledgerWrites) putStatus(contact string, e *statusEntry) {
	w.status = append(w.status, w.destination, w.column, contact, fromPointer(e.word), bit(e.exited), e.key.qualifiedAt, e.key.asOf, w.run, bit(e.exported))
}

// write does it.
func (w *ledgerWrites) write(ctx context.Context, t *tx) error {
	if err := t.insert(ctx, putStatus, w.status); err != nil {
		return err
	}
	if err := t.insert(ctx, putValues, w.values); err != nil {
		return err
	}
	for dates, contacts := range w.statusDates {
		args := []any{dates.qualifiedAt, dates.asOf, w.destination, w.column}
		if _, err := t.execList(ctx, dateStatus, args, contacts); err != nil {
			return err
		}
	}
	for asOf, contacts := range w.valueDates {
		if _, err := t.execList(ctx, dateValues, []any{asOf, w.destination}, contacts); err != nil {
			return err
		}
	}
	return nil
}
