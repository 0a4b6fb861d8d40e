package store

import (
	"context"
	"database/sql"
	"strings"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// contactState is what the store knows of the contacts of a page beside its rows: what the ledgers
// hold, and who has them in flight.
type contactState struct {
	ledger.WorkingSet
	inFlightFor map[string]BatchRef // of other runs
}

const inFlightElsewhere = `SELECT run, batch, contacts FROM in_flight WHERE destination = ? AND run <> ? AND last_contact >= ? AND first_contact <= ?`

// lookUpContacts looks up contacts, in order, of one run.
func lookUpContacts(ctx context.Context, t *sqldb.Tx, run string, p Policy, contacts []string) (*contactState, error) {
	k := &contactState{inFlightFor: map[string]BatchRef{}}
	if len(contacts) == 0 {
		return k, nil
	}
	if err := k.Load(ctx, t, p.Destination, p.StatusColumn, contacts); err != nil {
		return nil, err
	}
	first, last := contacts[0], contacts[len(contacts)-1]
	return k, t.QueryEach(ctx, inFlightElsewhere, []any{p.Destination, run, first, last}, func(rows *sql.Rows) error {
		var ref BatchRef
		var flying string
		err := rows.Scan(&ref.Run, &ref.Batch, &flying)
		for contact := range strings.FieldsSeq(flying) {
			k.inFlightFor[contact] = ref
		}
		return err
	})
}

// subject puts a row together with what is known of its contact.
func (k *contactState) subject(s *subject, p *staging.Page, r *staging.PageRow) error {
	status, values, err := k.Find(r.Contact)
	*s = subject{line: r.Line, key: r.Key(), exited: r.Exited, absent: r.Absent, attributes: string(r.Attributes), otherAsOf: r.OtherAsOf,
		badColumn: r.BadColumn, wordMode: r.WordMode, word: r.Word, columns: p.Columns, before: r.Before, status: status, holder: k.inFlightFor[r.Contact]}
	if values != nil {
		s.ledger = *values
	}
	return err
}
