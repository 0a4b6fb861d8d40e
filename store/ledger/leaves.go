package ledger

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"audienceflow/store/sqldb"
)

// The ledgers of a destination are one for each status column, by its name, and one of values.
const valuesLedger = ""

const (
	firstOfLeaf = `SELECT max(m.first_contact) FROM ledger_leaves m WHERE m.destination = ? AND m.ledger = ? AND m.first_contact <= `

	leavesFrom = `SELECT first_contact, contacts, counts, entries FROM ledger_leaves
	WHERE destination = ? AND ledger = ? AND first_contact >= coalesce((` + firstOfLeaf + `?), '')`

	leavesAfter   = leavesFrom + ` ORDER BY first_contact LIMIT ?`
	leavesBetween = leavesFrom + ` AND first_contact <= ? ORDER BY first_contact`

	manyBetween = `SELECT count(*) FROM (SELECT first_contact FROM ledger_leaves
	WHERE destination = ? AND ledger = ? AND first_contact > ? AND first_contact <= ? LIMIT ?) few`

	dropLeaf = `DELETE FROM ledger_leaves WHERE destination = ? AND ledger = ? AND first_contact = ?`
)

// leavesOf gives the leaves of listed contacts, each looked up by its key, in any order and some of
// them more than once. PostgreSQL has to be kept from going through the whole table for each, which
// it would for a table that it takes for empty: the subquery with OFFSET 0 is planned by itself.
var leavesOf = sqldb.Statement{
	SQLite: `SELECT p.first_contact, p.contacts, p.counts, p.entries FROM json_each(?) c
	CROSS JOIN ledger_leaves p ON p.destination = ? AND p.ledger = ? AND p.first_contact = (` + firstOfLeaf + `c.value)`,
	PostgreSQL: `SELECT p.first_contact, p.contacts, p.counts, p.entries FROM unnest(?::text[]) AS c (value)
	JOIN LATERAL (SELECT * FROM ledger_leaves p
	WHERE p.destination = ? AND p.ledger = ? AND p.first_contact = (` + firstOfLeaf + `c.value) OFFSET 0) p ON true`,
}

var putLeaves = sqldb.NewBulkInsert(`INSERT INTO ledger_leaves (destination, ledger, first_contact, contacts, counts, entries)`, 6,
	`ON CONFLICT (destination, ledger, first_contact) DO UPDATE SET contacts = excluded.contacts, counts = excluded.counts, entries = excluded.entries`)

// fewOfLeaf is how many contacts of a leaf are asked for at most, on average, that are looked for
// one by one.
const fewOfLeaf = 4

// load reads the leaves that the contacts, in order, belong to.
func (l *leaves[T, E]) load(ctx context.Context, t *sqldb.Tx, destination, ledger string, contacts []string) error {
	if len(contacts) == 0 {
		return nil
	}
	if err := l.read(ctx, t, destination, ledger, contacts); err != nil || len(contacts) <= fewOfLeaf*len(l.all) {
		return err
	}
	for _, one := range l.all {
		if err := open[T, E](one); err != nil {
			return err
		}
	}
	return nil
}

func (l *leaves[T, E]) read(ctx context.Context, t *sqldb.Tx, destination, ledger string, contacts []string) error {
	first, last := contacts[0], contacts[len(contacts)-1]
	var between int
	if _, err := t.QueryOne(ctx, manyBetween, []any{destination, ledger, first, last, len(contacts)}, &between); err != nil {
		return err
	}
	if between < len(contacts) {
		return t.QueryEach(ctx, leavesBetween, []any{destination, ledger, destination, ledger, first, last}, l.add)
	}
	for piece := range slices.Chunk(contacts, sqldb.ListSize) {
		list, err := t.List(piece)
		if err != nil {
			return err
		}
		if err := t.QueryEach(ctx, t.Words(leavesOf), []any{list, destination, ledger, destination, ledger}, l.add); err != nil {
			return err
		}
	}
	slices.SortFunc(l.all, func(a, b *leaf[T]) int { return strings.Compare(a.first, b.first) })
	l.all = slices.CompactFunc(l.all, func(a, b *leaf[T]) bool { return a.first == b.first })
	return nil
}

func (l *leaves[T, E]) add(rows *sql.Rows) error {
	one := &leaf[T]{}
	l.all = append(l.all, one)
	return rows.Scan(&one.first, &one.contacts, &one.counts, &one.packed)
}

// write keeps the leaves that have changed.
func (l *leaves[T, E]) write(ctx context.Context, t *sqldb.Tx, destination, ledger string) error {
	var args []any
	keep := func(one *leaf[T]) {
		args = append(args, destination, ledger, one.first, one.contacts, one.counts, one.packed)
	}
	for _, one := range l.all {
		switch {
		case !one.changed:
		case one.packed != "":
			keep(one)
		case len(one.rows) == 0:
			if _, err := t.Exec(ctx, dropLeaf, destination, ledger, one.first); err != nil {
				return err
			}
		default:
			if err := one.rename(ctx, t, destination, ledger); err != nil {
				return err
			}
			for _, part := range one.parts() {
				pack[T, E](part)
				keep(part)
			}
		}
	}
	return t.Insert(ctx, putLeaves, args)
}

// rename names a leaf after its first contact if the one that it was named after has left the
// ledger: nothing of that may stay.
func (one *leaf[T]) rename(ctx context.Context, t *sqldb.Tx, destination, ledger string) error {
	if one.first == "" || one.first == one.rows[0].contact {
		return nil
	}
	_, err := t.Exec(ctx, dropLeaf, destination, ledger, one.first)
	one.first = one.rows[0].contact
	return err
}

// eachAfter calls row for the contacts of a ledger after one, until it says false or there are no
// more.
func eachAfter[T any, E entryOf[T]](ctx context.Context, t *sqldb.Tx, destination, ledger, after string, row func(contact string, entry *T) bool) error {
	const most = 64 // leaves at a time
	for {
		var l leaves[T, E]
		if err := t.QueryEach(ctx, leavesAfter, []any{destination, ledger, destination, ledger, after, most}, l.add); err != nil {
			return err
		}
		for _, one := range l.all {
			if err := open[T, E](one); err != nil {
				return err
			}
			for i := range one.rows {
				if r := &one.rows[i]; r.contact > after && !row(r.contact, &r.entry) {
					return nil
				}
			}
		}
		if len(l.all) < most {
			return nil
		}
		last := l.all[most-1].rows
		after = last[len(last)-1].contact
	}
}
