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

	inFlightOfColumn = `SELECT 1 FROM in_flight f JOIN runs r ON r.run = f.run WHERE f.destination = ? AND r.column_name = ? LIMIT 1`

	putInFlight = `INSERT INTO in_flight (destination, run, batch, first_contact, last_contact, contacts) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (destination, run, batch) DO UPDATE SET first_contact = excluded.first_contact, last_contact = excluded.last_contact, contacts = excluded.contacts`

	dropInFlight = `DELETE FROM in_flight WHERE destination = ? AND run = ? AND batch = ?`
)

// markInFlight marks the rows that a batch has in flight: nobody else takes their contacts.
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

// InFlight gives the contacts that batches of any run have in flight to a destination: Dynamics may
// hold what the ledger will say.
func (s *Store) InFlight(ctx context.Context, destination string) (map[string]bool, error) {
	return inFlight(ctx, s.db.Reader(), destination)
}

// WritesInFlight tells whether a batch that writes a status column has contacts in flight.
func (s *Store) WritesInFlight(ctx context.Context, destination, column string) (bool, error) {
	return s.db.QueryOne(ctx, inFlightOfColumn, []any{destination, column}, new(int))
}

// notInFlight gives those of the contacts that nobody has in flight.
func notInFlight(ctx context.Context, t *sqldb.Tx, destination string, contacts []string) ([]string, error) {
	flying, err := inFlight(ctx, t, destination)
	return slices.DeleteFunc(slices.Clone(contacts), func(c string) bool { return flying[c] }), err
}

func inFlight(ctx context.Context, t *sqldb.Tx, destination string) (map[string]bool, error) {
	var lists []string
	err := t.QueryEach(ctx, inFlightOfAll, []any{destination}, sqldb.Column(&lists))
	flying := map[string]bool{}
	for _, list := range lists {
		for contact := range strings.FieldsSeq(list) {
			flying[contact] = true
		}
	}
	return flying, err
}
