package store

import (
	"audienceflow/store/sqldb"
	"context"
	"database/sql"
	"slices"

	"audienceflow/runs"
)

const activatedPages = selectPages + `o.page > ? AND o.page <= ? AND o.realized + o.exited > 0 ORDER BY o.page LIMIT 1`

// Exported lists exported contacts of a status column in contact order, after the given one.
func (s *Store) Exported(ctx context.Context, destination, column, after string, limit int) ([]Exported, error) {
	t := s.reader()
	var contacts []string
	var entries []statusEntry
	err := eachAfter(ctx, t, destination, column, after, func(contact string, e *statusEntry) bool {
		if e.exported {
			contacts, entries = append(contacts, contact), append(entries, *e)
		}
		return len(contacts) < limit
	})
	if err != nil {
		return nil, sqldb.Explain(err)
	}
	var values leaves[ledgerValues, *ledgerValues]
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
func (e *statusEntry) of(contact string, values *ledgerValues) Exported {
	x := Exported{Contact: contact, Word: e.word, Exited: e.exited, QualifiedAt: sqldb.FromMicros(e.key.qualifiedAt), AsOf: sqldb.FromMicros(e.key.asOf)}
	if values != nil {
		for _, v := range parseValues(values.attributes, 0) {
			x.Values = append(x.Values, Change{v.column, v.text})
		}
	}
	return x
}

// ExportedByID gives those of the contacts that were exported, in contact order.
func (s *Store) ExportedByID(ctx context.Context, destination, column string, contacts []string) ([]Exported, error) {
	var all []Exported
	for piece := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(contacts))), sqldb.ListSize) {
		var l ledgers
		if err := l.load(ctx, s.reader(), Policy{Destination: destination, StatusColumn: column}, piece); err != nil {
			return nil, sqldb.Explain(err)
		}
		for _, contact := range piece {
			e, held, err := l.find(contact)
			if err != nil {
				return nil, err
			}
			if e != nil && e.exported {
				all = append(all, e.of(contact, held))
			}
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
			return all, last, sqldb.Explain(err)
		}
		last = pages[0].number
		exported, err := s.ExportedByID(ctx, destination, column, pages[0].contactsOf(func(r *pageRow) bool { return r.is(runs.OutcomeActivated) }))
		if err != nil {
			return nil, after, err
		}
		all = append(all, exported...)
	}
	return all, last, nil
}

const countLeaves = `SELECT counts, count(*) FROM ledger_leaves WHERE destination = ? AND ledger = ? GROUP BY counts`

// CountExported counts the exported contacts of a status column by word and status, in no order.
func (s *Store) CountExported(ctx context.Context, destination, column string) ([]ExportedCount, error) {
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

// Forget takes contacts that Dynamics no longer has out of both ledgers, for all audiences of the destination. Contacts in flight
// stay: their batch will tell. Idempotent; gives how many contacts left.
func (s *Store) Forget(ctx context.Context, destination string, contacts []string) (int64, error) {
	var gone int64
	err := s.update(ctx, func(t *tx) error {
		if err := t.Lock(ctx, destination); err != nil {
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
		gone = 0
		for _, column := range columns {
			n, err := removeAll[statusEntry](ctx, t, destination, column, landed)
			if err != nil {
				return err
			}
			gone = max(gone, n)
		}
		_, err = removeAll[ledgerValues](ctx, t, destination, valuesLedger, landed)
		return err
	})
	return gone, err
}

// Unexport takes contacts out of the ledger of one status column, after it was cleared for them. Idempotent.
func (s *Store) Unexport(ctx context.Context, destination, column string, contacts []string) (int64, error) {
	var gone int64
	err := s.update(ctx, func(t *tx) (err error) {
		if err := t.Lock(ctx, destination); err != nil {
			return err
		}
		gone, err = removeAll[statusEntry](ctx, t, destination, column, contacts)
		return err
	})
	return gone, err
}

// removeAll takes contacts out of one ledger and gives how many were there.
func removeAll[T any, E entryOf[T]](ctx context.Context, t *tx, destination, ledger string, contacts []string) (gone int64, err error) {
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

func (t *tx) statusColumns(ctx context.Context, destination string) ([]string, error) {
	var columns []string
	err := t.QueryEach(ctx, `SELECT DISTINCT ledger FROM ledger_leaves WHERE destination = ? AND ledger <> ''`, []any{destination}, sqldb.Column(&columns))
	return columns, err
}
