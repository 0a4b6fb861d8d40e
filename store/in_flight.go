package store

import (
	"context"
	"slices"
	"strings"

	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

const (
	inFlightOfBatch = `SELECT contacts FROM in_flight WHERE destination = ? AND run = ? AND batch = ?`

	inFlightOfAll = `SELECT contacts FROM in_flight WHERE destination = ?`

	putInFlight = `INSERT INTO in_flight (destination, run, batch, first_contact, last_contact, contacts) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (destination, run, batch) DO UPDATE SET first_contact = excluded.first_contact, last_contact = excluded.last_contact, contacts = excluded.contacts`

	dropInFlight = `DELETE FROM in_flight WHERE destination = ? AND run = ? AND batch = ?`
)

// flying marks the rows that a batch has in flight: nobody else takes their contacts.
func markInFlight(ctx context.Context, t *sqldb.Tx, destination string, ref BatchRef, p *staging.Page) error {
	var list string
	_, err := t.QueryOne(ctx, inFlightOfBatch, []any{destination, ref.Run, ref.Batch}, &list)
	for contact := range strings.FieldsSeq(list) {
		if r := p.Find(contact); r != nil {
			r.InFlight = true
		}
	}
	return err
}

// keepInFlight says what a batch has in flight from now on.
func keepInFlight(ctx context.Context, t *sqldb.Tx, destination string, ref BatchRef, p *staging.Page) error {
	contacts := p.ContactsOf(func(r *staging.PageRow) bool { return r.InFlight })
	if len(contacts) == 0 {
		_, err := t.Exec(ctx, dropInFlight, destination, ref.Run, ref.Batch)
		return err
	}
	_, err := t.Exec(ctx, putInFlight, destination, ref.Run, ref.Batch, contacts[0], contacts[len(contacts)-1], strings.Join(contacts, " "))
	return err
}

// notInFlight gives those of the contacts that nobody has in flight.
func notInFlight(ctx context.Context, t *sqldb.Tx, destination string, contacts []string) ([]string, error) {
	var lists []string
	err := t.QueryEach(ctx, inFlightOfAll, []any{destination}, sqldb.Column(&lists))
	flying := map[string]bool{}
	for _, list := range lists {
		for contact := range strings.FieldsSeq(list) {
			flying[contact] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(contacts), func(c string) bool { return flying[c] }), err
}
