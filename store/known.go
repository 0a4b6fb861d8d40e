package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// known is what the store knows of the contacts of a page beside its rows: what the ledgers hold, and who has them in flight.
type known struct {
	status  map[string]*statusEntry
	values  map[string]ledgerValues
	holders map[string]BatchRef // of other runs

	// The contacts of each ledger between the first and the last, in order; nil when only those asked for were looked up.
	statusOrder, valuesOrder []string
}

const (
	selectStatus  = `SELECT contact, word, exited, qualified_at, as_of, exported FROM exported_status WHERE destination = ? AND column_name = ? AND `
	statusBetween = selectStatus + `contact >= ? AND contact <= ? ORDER BY contact LIMIT ?`
	statusOf      = selectStatus + `contact IN (*)`

	selectValues  = `SELECT contact, attributes, as_of, coalesce(other_as_of, '') FROM exported_contacts WHERE destination = ? AND `
	valuesBetween = selectValues + `contact >= ? AND contact <= ? ORDER BY contact LIMIT ?`
	valuesOf      = selectValues + `contact IN (*)`

	flyingElsewhere = `SELECT run, batch, contacts FROM in_flight WHERE destination = ? AND run <> ? AND last_contact >= ? AND first_contact <= ?`
)

// ledgerSlack is how many times more contacts than are asked for the ledgers may hold in between before those asked for are looked up
// one by one: that takes about so many times longer for each.
const ledgerSlack = 3

func newKnown() *known {
	return &known{status: map[string]*statusEntry{}, values: map[string]ledgerValues{}, holders: map[string]BatchRef{}}
}

// known looks up contacts, in order, of one run.
func (t *tx) known(ctx context.Context, run string, p Policy, contacts []string) (*known, error) {
	k := newKnown()
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
	scan := func(rows *sql.Rows) error {
		var contact string
		var word sql.NullString
		var exited, exported int64
		e := &statusEntry{}
		err := rows.Scan(&contact, &word, &exited, &e.key.qualifiedAt, &e.key.asOf, &exported)
		e.word, e.exited, e.exported = pointer(word), exited != 0, exported != 0
		e.key.exited = e.exited
		k.status[contact] = e
		k.statusOrder = append(k.statusOrder, contact)
		return err
	}
	limit := ledgerSlack * len(contacts)
	err := t.each(ctx, statusBetween, []any{p.Destination, p.StatusColumn, contacts[0], contacts[len(contacts)-1], limit}, scan)
	if err != nil || len(k.statusOrder) < limit {
		return err
	}
	err = t.eachList(ctx, statusOf, []any{p.Destination, p.StatusColumn}, contacts, scan)
	k.statusOrder = nil
	return err
}

func (k *known) readValues(ctx context.Context, t *tx, p Policy, contacts []string) error {
	scan := func(rows *sql.Rows) error {
		var contact string
		var v ledgerValues
		err := rows.Scan(&contact, &v.attributes, &v.asOf, &v.other)
		k.values[contact] = v
		k.valuesOrder = append(k.valuesOrder, contact)
		return err
	}
	limit := ledgerSlack * len(contacts)
	err := t.each(ctx, valuesBetween, []any{p.Destination, contacts[0], contacts[len(contacts)-1], limit}, scan)
	if err != nil || len(k.valuesOrder) < limit {
		return err
	}
	err = t.eachList(ctx, valuesOf, []any{p.Destination}, contacts, scan)
	k.valuesOrder = nil
	return err
}

// subject puts a row together with what is known of its contact.
func (k *known) subject(s *subject, p *page, r *pageRow) {
	*s = subject{line: r.Line, key: r.key(), exited: r.Exited, absent: r.absent, attributes: string(r.Attributes), badColumn: r.BadColumn,
		wordMode: r.WordMode, word: r.Word, columns: p.columns, before: r.before,
		status: k.status[r.Contact], ledger: k.values[r.Contact], holder: k.holders[r.Contact]}
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

// spans calls each for every longest stretch of the order whose members are all meant, with its ends.
func spans(order []string, meant map[string]bool, each func(first, last string) error) error {
	for at := 0; at < len(order); {
		length := slices.IndexFunc(order[at:], func(c string) bool { return !meant[c] })
		if length < 0 {
			length = len(order) - at
		}
		if length > 0 {
			if err := each(order[at], order[at+length-1]); err != nil {
				return err
			}
		}
		at += length + 1
	}
	return nil
}
