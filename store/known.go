package store

import (
	"context"
	"database/sql"
	"strings"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
)

// known is what the store knows of the contacts of a page beside its rows: what the ledgers hold, and who has them in flight.
type known struct {
	ledger.WorkingSet
	holders map[string]BatchRef // of other runs
}

const flyingElsewhere = `SELECT run, batch, contacts FROM in_flight WHERE destination = ? AND run <> ? AND last_contact >= ? AND first_contact <= ?`

// known looks up contacts, in order, of one run.
func lookUp(ctx context.Context, t *sqldb.Tx, run string, p Policy, contacts []string) (*known, error) {
	k := &known{holders: map[string]BatchRef{}}
	if len(contacts) == 0 {
		return k, nil
	}
	if err := k.Load(ctx, t, p.Destination, p.StatusColumn, contacts); err != nil {
		return nil, err
	}
	first, last := contacts[0], contacts[len(contacts)-1]
	return k, t.QueryEach(ctx, flyingElsewhere, []any{p.Destination, run, first, last}, func(rows *sql.Rows) error {
		var ref BatchRef
		var flying string
		err := rows.Scan(&ref.Run, &ref.Batch, &flying)
		for contact := range strings.FieldsSeq(flying) {
			k.holders[contact] = ref
		}
		return err
	})
}

// subject puts a row together with what is known of its contact.
func (k *known) subject(s *subject, p *page, r *pageRow) error {
	status, values, err := k.Find(r.Contact)
	*s = subject{line: r.Line, key: r.key(), exited: r.Exited, absent: r.absent, attributes: string(r.Attributes), badColumn: r.BadColumn,
		wordMode: r.WordMode, word: r.Word, columns: p.columns, before: r.before, status: status, holder: k.holders[r.Contact]}
	if values != nil {
		s.ledger = *values
	}
	return err
}

// contactsOf lists the contacts of the rows that are meant.
func (p *page) contactsOf(meant func(r *pageRow) bool) []string {
	contacts := make([]string, 0, len(p.rows))
	for i := range p.rows {
		if meant(&p.rows[i]) {
			contacts = append(contacts, p.rows[i].Contact)
		}
	}
	return contacts
}

func (r *pageRow) is(outcome string) bool { return r.outcome == outcome }
