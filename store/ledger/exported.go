package ledger

import (
	"context"
	"database/sql"
	"slices"

	"audienceflow/store/sqldb"
)

// Exported lists exported contacts of a status column in contact order, after the given one.
func (s *Ledger) Exported(ctx context.Context, destination, column, after string, limit int) ([]Exported, error) {
	t := s.db.Reader()
	var contacts []string
	var entries []Status
	err := eachAfter(ctx, t, destination, column, after, func(contact string, e *Status) bool {
		if e.Exported {
			contacts, entries = append(contacts, contact), append(entries, *e)
		}
		return len(contacts) < limit
	})
	if err != nil {
		return nil, sqldb.Explain(err)
	}
	var values leaves[Values, *Values]
	if err := values.load(ctx, t, destination, valuesLedger, contacts); err != nil {
		return nil, sqldb.Explain(err)
	}
	all := make([]Exported, len(contacts))
	for i, contact := range contacts {
		held, err := values.find(contact)
		if err != nil {
			return nil, err
		}
		all[i] = entries[i].of(contact, held)
	}
	return all, nil
}

// of gives what is exported of a contact.
func (e *Status) of(contact string, values *Values) Exported {
	x := Exported{Contact: contact, Word: e.Word, Exited: e.Exited, QualifiedAt: sqldb.FromMicros(e.Key.QualifiedAt), AsOf: sqldb.FromMicros(e.Key.AsOf)}
	if values != nil {
		for _, v := range ParseAttributes(values.Attributes, 0) {
			x.Values = append(x.Values, Value{v.Column, v.Text})
		}
	}
	return x
}

// ExportedByID gives those of the contacts that were exported, in contact order.
func (s *Ledger) ExportedByID(ctx context.Context, destination, column string, contacts []string) ([]Exported, error) {
	var all []Exported
	for piece := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(contacts))), sqldb.ListSize) {
		var l WorkingSet
		if err := l.Load(ctx, s.db.Reader(), destination, column, piece); err != nil {
			return nil, sqldb.Explain(err)
		}
		for _, contact := range piece {
			e, held, err := l.Find(contact)
			if err != nil {
				return nil, err
			}
			if e != nil && e.Exported {
				all = append(all, e.of(contact, held))
			}
		}
	}
	return all, nil
}

const countLeaves = `SELECT counts, count(*) FROM ledger_leaves WHERE destination = ? AND ledger = ? GROUP BY counts`

// CountExported counts the exported contacts of a status column by word and status, in no order.
func (s *Ledger) CountExported(ctx context.Context, destination, column string) ([]ExportedCount, error) {
	var all tally
	err := s.db.QueryEach(ctx, countLeaves, []any{destination, column}, func(rows *sql.Rows) error {
		var counts string
		var leaves int64
		if err := rows.Scan(&counts, &leaves); err != nil {
			return err
		}
		return all.read(counts, leaves)
	})
	return all, err
}

// Unexport takes contacts out of the ledger of one status column, after it was cleared for them.
// Idempotent.
func (s *Ledger) Unexport(ctx context.Context, destination, column string, contacts []string) (int64, error) {
	var gone int64
	err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
		if err := t.Lock(ctx, destination); err != nil {
			return err
		}
		gone, err = RemoveStatus(ctx, t, destination, column, contacts)
		return err
	})
	return gone, err
}

// RemoveStatus takes contacts out of the ledger of a status column and gives how many were there.
func RemoveStatus(ctx context.Context, t *sqldb.Tx, destination, column string, contacts []string) (gone int64, err error) {
	return removeAll[Status](ctx, t, destination, column, contacts)
}

// RemoveValues takes contacts out of the ledger of values and gives how many were there.
func RemoveValues(ctx context.Context, t *sqldb.Tx, destination string, contacts []string) (gone int64, err error) {
	return removeAll[Values](ctx, t, destination, valuesLedger, contacts)
}

// removeAll takes contacts out of one ledger and gives how many were there.
func removeAll[T any, E entryOf[T]](ctx context.Context, t *sqldb.Tx, destination, ledger string, contacts []string) (gone int64, err error) {
	var l leaves[T, E]
	contacts = slices.Sorted(slices.Values(contacts))
	if err := l.load(ctx, t, destination, ledger, contacts); err != nil {
		return 0, err
	}
	for _, contact := range contacts {
		found, err := l.remove(contact)
		if err != nil {
			return gone, err
		}
		gone += sqldb.Bit(found)
	}
	return gone, l.write(ctx, t, destination, ledger)
}

// StatusColumns lists the status columns of a destination that have a ledger.
func StatusColumns(ctx context.Context, t *sqldb.Tx, destination string) ([]string, error) {
	var columns []string
	err := t.QueryEach(ctx, `SELECT DISTINCT ledger FROM ledger_leaves WHERE destination = ? AND ledger <> ''`, []any{destination}, sqldb.Column(&columns))
	return columns, err
}

// EachStatus calls entry for the contacts of a status column's ledger after one, until it says
// false or there are no more.
func EachStatus(ctx context.Context, t *sqldb.Tx, destination, column, after string, entry func(contact string, e *Status) bool) error {
	return eachAfter(ctx, t, destination, column, after, entry)
}

// StatusOf gives what a status column's ledger knows of a contact, nil for nothing.
func (s *Ledger) StatusOf(ctx context.Context, destination, column, contact string) (*Status, error) {
	return findOne[Status](ctx, s.db.Reader(), destination, column, contact)
}

// ValuesOf gives what the ledger of values knows of a contact, nil for nothing.
func (s *Ledger) ValuesOf(ctx context.Context, destination, contact string) (*Values, error) {
	return findOne[Values](ctx, s.db.Reader(), destination, valuesLedger, contact)
}

func findOne[T any, E entryOf[T]](ctx context.Context, t *sqldb.Tx, destination, ledger, contact string) (*T, error) {
	var l leaves[T, E]
	if err := l.load(ctx, t, destination, ledger, []string{contact}); err != nil {
		return nil, sqldb.Explain(err)
	}
	return l.find(contact)
}
