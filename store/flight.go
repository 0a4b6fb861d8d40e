package store

import (
	"context"
	"slices"
	"strings"
)

const (
	flyingOfBatch = `SELECT contacts FROM in_flight WHERE destination = ? AND run = ? AND batch = ?`

	putFlying = `INSERT INTO in_flight (destination, run, batch, first_contact, last_contact, contacts) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (destination, run, batch) DO UPDATE SET first_contact = excluded.first_contact, last_contact = excluded.last_contact, contacts = excluded.contacts`

	dropFlying = `DELETE FROM in_flight WHERE destination = ? AND run = ? AND batch = ?`
)

// flight is a set of contacts that a batch has in flight: nobody else takes them.
type flight map[string]bool

// flying reads what a batch has in flight.
func (t *tx) flying(ctx context.Context, destination string, ref BatchRef) (flight, error) {
	var contacts string
	_, err := t.one(ctx, flyingOfBatch, []any{destination, ref.Run, ref.Batch}, &contacts)
	f := flight{}
	for contact := range strings.FieldsSeq(contacts) {
		f[contact] = true
	}
	return f, err
}

// fly says what a batch has in flight from now on.
func (t *tx) fly(ctx context.Context, destination string, ref BatchRef, f flight) error {
	if len(f) == 0 {
		_, err := t.exec(ctx, dropFlying, destination, ref.Run, ref.Batch)
		return err
	}
	contacts := make([]string, 0, len(f))
	for contact := range f {
		contacts = append(contacts, contact)
	}
	slices.Sort(contacts)
	_, err := t.exec(ctx, putFlying, destination, ref.Run, ref.Batch, contacts[0], contacts[len(contacts)-1], strings.Join(contacts, " "))
	return err
}
