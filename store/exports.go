package store

import (
	"context"
	"database/sql"
	"slices"
)

const (
	exportedAfter = `SELECT e.contact, e.word, e.exited, e.qualified_at, e.as_of, coalesce(v.attributes, '')
	FROM exported_status e
	LEFT JOIN exported_contacts v ON v.destination = e.destination AND v.contact = e.contact
	WHERE e.destination = ? AND e.column_name = ? AND e.exported = 1 AND e.contact > ? ORDER BY e.contact LIMIT ?`

	activatedPages = selectPages + `o.page > ? AND o.page <= ? AND o.realized + o.exited > 0 ORDER BY o.page LIMIT 1`

	countExported = `SELECT word, exited, count(*) FROM exported_status WHERE destination = ? AND column_name = ? AND exported = 1 GROUP BY word, exited`
)

// Exported lists exported contacts of a status column in contact order, after the given one.
func (s *Store) Exported(ctx context.Context, destination, column, after string, limit int) ([]Exported, error) {
	var all []Exported
	err := s.readEach(ctx, exportedAfter, []any{destination, column, after, limit}, func(rows *sql.Rows) error {
		var contact, attributes string
		var word sql.NullString
		var exited int64
		e := statusEntry{exported: true}
		err := rows.Scan(&contact, &word, &exited, &e.key.qualifiedAt, &e.key.asOf, &attributes)
		e.word, e.exited = pointer(word), exited != 0
		all = append(all, e.of(contact, attributes))
		return err
	})
	return all, err
}

// of gives what is exported of a contact.
func (e *statusEntry) of(contact, attributes string) Exported {
	x := Exported{Contact: contact, Word: e.word, Exited: e.exited, QualifiedAt: fromMicros(e.key.qualifiedAt), AsOf: fromMicros(e.key.asOf)}
	for _, v := range parseValues(attributes, 0) {
		x.Values = append(x.Values, Change{v.column, v.text})
	}
	return x
}

// ExportedByID gives those of the contacts that were exported, in contact order.
func (s *Store) ExportedByID(ctx context.Context, destination, column string, contacts []string) ([]Exported, error) {
	var all []Exported
	for piece := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(contacts))), listSize) {
		k := &known{}
		if err := k.readLedgers(ctx, s.reader(), Policy{Destination: destination, StatusColumn: column}, piece); err != nil {
			return nil, explain(err)
		}
		for _, contact := range piece {
			e := k.status.find(contact)
			if e == nil || !e.exported {
				continue
			}
			attributes := ""
			if v := k.values.find(contact); v != nil {
				attributes = v.attributes
			}
			all = append(all, e.of(contact, attributes))
		}
	}
	return all, nil
}

// ExportedOfRun lists the exported contacts that a run has activated, as they are in the ledger now: those of its pages after one and
// up to another, whole pages, until there are as many as wanted. last is where to go on. Only until the run is purged.
func (s *Store) ExportedOfRun(ctx context.Context, run, destination, column string, after, upTo, wanted int) (all []Exported, last int, err error) {
	for last = after; len(all) < wanted; {
		pages, err := s.reader().pages(ctx, run, activatedPages, run, last, upTo)
		if err != nil || len(pages) == 0 {
			return all, last, explain(err)
		}
		last = pages[0].number
		exported, err := s.ExportedByID(ctx, destination, column, pages[0].contactsOf(func(r *pageRow) bool { return r.is(OutcomeActivated) }))
		if err != nil {
			return nil, after, err
		}
		all = append(all, exported...)
	}
	return all, last, nil
}

// CountExported counts the exported contacts of a status column by word and status.
func (s *Store) CountExported(ctx context.Context, destination, column string) ([]ExportedCount, error) {
	var all []ExportedCount
	err := s.readEach(ctx, countExported, []any{destination, column}, func(rows *sql.Rows) error {
		var c ExportedCount
		var word sql.NullString
		var exited int64
		err := rows.Scan(&word, &exited, &c.Contacts)
		c.Word, c.Exited = pointer(word), exited != 0
		all = append(all, c)
		return err
	})
	return all, err
}

// Forget takes contacts that Dynamics no longer has out of both ledgers, for all audiences of the destination. Contacts in flight
// stay: their batch will tell. Idempotent; gives how many contacts left.
func (s *Store) Forget(ctx context.Context, destination string, contacts []string) (int64, error) {
	var gone int64
	err := s.update(ctx, func(t *tx) error {
		if err := t.lock(ctx, destination); err != nil {
			return err
		}
		landed, err := t.notFlying(ctx, destination, contacts)
		if err != nil {
			return err
		}
		columns, err := t.statusColumns(ctx, destination)
		if err != nil {
			return err
		}
		for _, column := range columns {
			n, err := t.execList(ctx, `DELETE FROM exported_status WHERE destination = ? AND column_name = ? AND contact IN (*)`,
				[]any{destination, column}, landed)
			if err != nil {
				return err
			}
			gone = max(gone, n)
		}
		_, err = t.execList(ctx, `DELETE FROM exported_contacts WHERE destination = ? AND contact IN (*)`, []any{destination}, landed)
		return err
	})
	return gone, err
}

// Unexport takes contacts out of the ledger of one status column, after it was cleared for them. Idempotent.
func (s *Store) Unexport(ctx context.Context, destination, column string, contacts []string) (int64, error) {
	var gone int64
	err := s.update(ctx, func(t *tx) (err error) {
		if err := t.lock(ctx, destination); err != nil {
			return err
		}
		gone, err = t.execList(ctx, `DELETE FROM exported_status WHERE destination = ? AND column_name = ? AND contact IN (*)`,
			[]any{destination, column}, contacts)
		return err
	})
	return gone, err
}

func (t *tx) statusColumns(ctx context.Context, destination string) ([]string, error) {
	var columns []string
	err := t.each(ctx, `SELECT DISTINCT column_name FROM exported_status WHERE destination = ?`, []any{destination}, column(&columns))
	return columns, err
}
