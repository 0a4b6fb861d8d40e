package store

import "context"

const (
	insertStatus = `INSERT INTO exported_status (destination, column_name, contact, word, exited, qualified_at, as_of, run, exported)`
	insertValues = `INSERT INTO exported_contacts (destination, contact, attributes, as_of, other_as_of)`
)

var putStatus = newManyRows(insertStatus, 9,
	`ON CONFLICT (destination, column_name, contact) DO UPDATE SET word = excluded.word, exited = excluded.exited,
	qualified_at = excluded.qualified_at, as_of = excluded.as_of, run = excluded.run, exported = excluded.exported`)

var putValues = newManyRows(insertValues, 5,
	`ON CONFLICT (destination, contact) DO UPDATE SET attributes = excluded.attributes, as_of = excluded.as_of, other_as_of = excluded.other_as_of`)

// dateStatus and dateValues change the dates of rows that are there, and nothing else.
var (
	dateStatus = newManyRows(insertStatus, 9, `ON CONFLICT (destination, column_name, contact) DO UPDATE SET qualified_at = excluded.qualified_at, as_of = excluded.as_of`)
	dateValues = newManyRows(insertValues, 5, `ON CONFLICT (destination, contact) DO UPDATE SET as_of = excluded.as_of, other_as_of = NULL`)
)

// ageStatus and ageValues do so for all rows of a range.
const (
	ageStatus = `UPDATE exported_status SET as_of = ? WHERE destination = ? AND column_name = ? AND contact >= ? AND contact <= ?`
	ageValues = `UPDATE exported_contacts SET as_of = ?, other_as_of = NULL WHERE destination = ? AND contact >= ? AND contact <= ?`
)

// ledgerWrites gathers what a transaction does to the ledgers of one destination and column, so that it takes few statements. Most
// rows of a repeated run change nothing but the date of their source, which is the same for all of them: they are written by range.
type ledgerWrites struct {
	destination, column, run any // strings: put into an interface once for all rows
	status                   []any
	values                   []any
	statusDates              []any
	valueDates               []any

	asOf       int64 // of those that only become newer
	agedStatus ledger[*statusEntry]
	agedValues []string
}

func newLedgerWrites(run string, p Policy) *ledgerWrites {
	return &ledgerWrites{run: run, destination: p.Destination, column: p.StatusColumn, asOf: oldest}
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
	case s.statusDated && s.sameTime && w.ages(s.status.key.asOf):
		w.agedStatus.add(contact, s.status)
	case s.statusDated:
		w.statusDates = w.statusRow(w.statusDates, contact, s.status)
	default:
		w.status = w.statusRow(w.status, contact, s.status)
	}
	switch {
	case s.valuesDated && w.ages(s.valuesAsOf):
		w.agedValues = append(w.agedValues, contact)
	case s.valuesDated:
		w.valueDates = w.valuesDate(w.valueDates, contact, s.valuesAsOf)
	case s.attributes != "":
		w.values = append(w.values, w.destination, contact, s.attributes, s.valuesAsOf, nil)
	case s.values != nil:
		attributes, asOf, other := s.values.ledger()
		w.values = append(w.values, w.destination, contact, attributes, asOf, other)
	}
}

// ages reports whether a date is the one that most rows get: that of the first.
func (w *ledgerWrites) ages(asOf int64) bool {
	if len(w.agedStatus.contacts)+len(w.agedValues) == 0 {
		w.asOf = asOf
	}
	return asOf == w.asOf
}

func (w *ledgerWrites) statusRow(to []any, contact string, e *statusEntry) []any {
	return append(to, w.destination, w.column, contact, fromPointer(e.word), bit(e.exited), e.key.qualifiedAt, e.key.asOf, w.run, bit(e.exported))
}

func (w *ledgerWrites) valuesDate(to []any, contact string, asOf int64) []any {
	return append(to, w.destination, contact, emptyAttributes, asOf, nil)
}

// write does it. k is what was known of the contacts before.
func (w *ledgerWrites) write(ctx context.Context, t *tx, k *known) error {
	if err := w.age(ctx, t, k); err != nil {
		return err
	}
	for _, rows := range []struct {
		statement manyRows
		args      []any
	}{{putStatus, w.status}, {putValues, w.values}, {dateStatus, w.statusDates}, {dateValues, w.valueDates}} {
		if err := t.insert(ctx, rows.statement, rows.args); err != nil {
			return err
		}
	}
	return nil
}

// age dates the rows that only become newer: by range where all contacts in between are known.
func (w *ledgerWrites) age(ctx context.Context, t *tx, k *known) error {
	if !k.status.whole {
		for i, contact := range w.agedStatus.contacts {
			w.statusDates = w.statusRow(w.statusDates, contact, w.agedStatus.entries[i])
		}
	} else if err := spans(k.status.contacts, w.agedStatus.contacts, func(first, last string) error {
		_, err := t.exec(ctx, ageStatus, w.asOf, w.destination, w.column, first, last)
		return err
	}); err != nil {
		return err
	}
	if !k.values.whole {
		for _, contact := range w.agedValues {
			w.valueDates = w.valuesDate(w.valueDates, contact, w.asOf)
		}
		return nil
	}
	return spans(k.values.contacts, w.agedValues, func(first, last string) error {
		_, err := t.exec(ctx, ageValues, w.asOf, w.destination, first, last)
		return err
	})
}
