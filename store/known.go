package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// known is what the store knows of the contacts of a page beside its rows: what the ledgers hold, and who has them in flight.
type known struct {
	status  ledger[statusEntry]
	values  ledger[ledgerValues]
	holders map[string]BatchRef // of other runs
}

// ledger holds rows of a ledger in the order of contacts.
type ledger[T any] struct {
	contacts []string
	entries  []T
	next     int  // after the one found last: contacts are mostly asked for in their order
	whole    bool // no contact between the first and the last is left out
}

func newLedger[T any](size int) ledger[T] {
	return ledger[T]{contacts: make([]string, 0, size), entries: make([]T, 0, size)}
}

func (l *ledger[T]) add(contact string, entry T) {
	l.contacts, l.entries = append(l.contacts, contact), append(l.entries, entry)
}

// find gives the row of a contact, nil if there is none.
func (l *ledger[T]) find(contact string) *T {
	at, found := l.next, l.next < len(l.contacts) && l.contacts[l.next] == contact
	if !found {
		at, found = slices.BinarySearch(l.contacts, contact)
	}
	if !found {
		return nil
	}
	l.next = at + 1
	return &l.entries[at]
}

const (
	selectStatus  = `SELECT contact, word, exited, qualified_at, as_of, exported FROM exported_status WHERE destination = ? AND column_name = ? AND `
	statusBetween = selectStatus + `contact >= ? AND contact <= ? ORDER BY contact LIMIT ?`
	statusOf      = selectStatus + `contact IN (*) ORDER BY contact`

	selectValues  = `SELECT contact, attributes, as_of, coalesce(other_as_of, '') FROM exported_contacts WHERE destination = ? AND `
	valuesBetween = selectValues + `contact >= ? AND contact <= ? ORDER BY contact LIMIT ?`
	valuesOf      = selectValues + `contact IN (*) ORDER BY contact`

	flyingElsewhere = `SELECT run, batch, contacts FROM in_flight WHERE destination = ? AND run <> ? AND last_contact >= ? AND first_contact <= ?`
)

// ledgerSlack is how many times more contacts than are asked for the ledgers may hold in between before those asked for are looked up
// one by one: that takes about so many times longer for each.
const ledgerSlack = 3

// known looks up contacts, in order, of one run.
func (t *tx) known(ctx context.Context, run string, p Policy, contacts []string) (*known, error) {
	k := &known{holders: map[string]BatchRef{}}
	if len(contacts) == 0 {
		return k, nil
	}
	if err := k.readLedgers(ctx, t, p, contacts); err != nil {
		return nil, err
	}
	first, last := contacts[0], contacts[len(contacts)-1]
	return k, t.each(ctx, flyingElsewhere, []any{p.Destination, run, first, last}, func(rows *sql.Rows) error {
		var ref BatchRef
		var flying string
		err := rows.Scan(&ref.Run, &ref.Batch, &flying)
		for contact := range strings.FieldsSeq(flying) {
			k.holders[contact] = ref
		}
		return err
	})
}

// readLedgers looks up contacts, in order, in both ledgers.
func (k *known) readLedgers(ctx context.Context, t *tx, p Policy, contacts []string) error {
	if err := k.readStatus(ctx, t, p, contacts); err != nil {
		return err
	}
	return k.readValues(ctx, t, p, contacts)
}

func (k *known) readStatus(ctx context.Context, t *tx, p Policy, contacts []string) error {
	var word *string // the one before: there are few
	return readLedger(ctx, t, &k.status, statusBetween, statusOf, []any{p.Destination, p.StatusColumn}, contacts, func(rows *sql.Rows, e *statusEntry) (contact string, err error) {
		var text sql.NullString
		var exited, exported int64
		err = rows.Scan(&contact, &text, &exited, &e.key.qualifiedAt, &e.key.asOf, &exported)
		if !text.Valid || word == nil || *word != text.String {
			word = pointer(text)
		}
		e.word, e.exited, e.exported = word, exited != 0, exported != 0
		e.key.exited = e.exited
		return contact, err
	})
}

func (k *known) readValues(ctx context.Context, t *tx, p Policy, contacts []string) error {
	return readLedger(ctx, t, &k.values, valuesBetween, valuesOf, []any{p.Destination}, contacts, func(rows *sql.Rows, v *ledgerValues) (contact string, err error) {
		err = rows.Scan(&contact, &v.attributes, &v.asOf, &v.other)
		return contact, err
	})
}

// readLedger reads all rows between the first contact and the last; only those asked for where there are many others.
func readLedger[T any](ctx context.Context, t *tx, into *ledger[T], between, of string, args []any, contacts []string, scan func(*sql.Rows, *T) (string, error)) error {
	*into = newLedger[T](len(contacts))
	row := func(rows *sql.Rows) error {
		var entry T
		contact, err := scan(rows, &entry)
		into.add(contact, entry)
		return err
	}
	limit := ledgerSlack * len(contacts)
	err := t.each(ctx, between, append(slices.Clone(args), contacts[0], contacts[len(contacts)-1], limit), row)
	if err != nil || len(into.contacts) < limit {
		into.whole = true
		return err
	}
	*into = newLedger[T](len(contacts))
	return t.eachList(ctx, of, args, contacts, row)
}

// subject puts a row together with what is known of its contact.
func (k *known) subject(s *subject, p *page, r *pageRow) {
	*s = subject{line: r.Line, key: r.key(), exited: r.Exited, absent: r.absent, attributes: string(r.Attributes), badColumn: r.BadColumn,
		wordMode: r.WordMode, word: r.Word, columns: p.columns, before: r.before,
		status: k.status.find(r.Contact), holder: k.holders[r.Contact]}
	if v := k.values.find(r.Contact); v != nil {
		s.ledger = *v
	}
}

// contactsOf lists the contacts of the rows that are meant.
func (p *page) contactsOf(meant func(r *pageRow) bool) []string {
	var contacts []string
	for i := range p.rows {
		if meant(&p.rows[i]) {
			contacts = append(contacts, p.rows[i].Contact)
		}
	}
	return contacts
}

func (r *pageRow) is(outcome string) bool { return r.outcome == outcome }

func pointer(text sql.NullString) *string {
	if !text.Valid {
		return nil
	}
	s := text.String
	return &s
}

// spans calls each for every longest stretch of the order that is meant as a whole, with its ends. Both are in order.
func spans(order, meant []string, each func(first, last string) error) error {
	for len(meant) > 0 {
		at, found := slices.BinarySearch(order, meant[0])
		if !found {
			return fmt.Errorf("contact %s is to be dated and is not in the ledger", meant[0])
		}
		order = order[at:]
		length := 1
		for length < min(len(order), len(meant)) && order[length] == meant[length] {
			length++
		}
		if err := each(order[0], order[length-1]); err != nil {
			return err
		}
		order, meant = order[length:], meant[length:]
	}
	return nil
}
