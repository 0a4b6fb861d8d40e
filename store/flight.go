package store

import (
	"context"
	"slices"
	"strings"
)

const (
	flyingOfBatch = `SELECT contacts FROM in_flight WHERE destination = ? AND run = ? AND batch = ?`

	flyingOfAll = `SELECT contacts FROM in_flight WHERE destination = ?`

	putFlying = `INSERT INTO in_flight (destination, run, batch, first_contact, last_contact, contacts) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (destination, run, batch) DO UPDATE SET first_contact = excluded.first_contact, last_contact = excluded.last_contact, contacts = excluded.contacts`

	dropFlying = `DELETE FROM in_flight WHERE destination = ? AND run = ? AND batch = ?`
)

// flight is a set of contacts that a batch has in flight: nobody else takes them.
type flight map[string]bool

// addList adds the contacts of a list as in_flight has it.
func (f flight) addList(list string) {
	for contact := range strings.FieldsSeq(list) {
		f[contact] = true
	}
}

// flying reads what a batch has in flight.
func (t *tx) flying(ctx context.Context, destination string, ref BatchRef) (flight, error) {
	var list string
	_, err := t.one(ctx, flyingOfBatch, []any{destination, ref.Run, ref.Batch}, &list)
	f := flight{}
	f.addList(list)
	return f, err
}

// notFlying gives those of the contacts that nobody has in flight.
func (t *tx) notFlying(ctx context.Context, destination string, contacts []string) ([]string, error) {
	var lists []string
	err := t.each(ctx, flyingOfAll, []any{destination}, column(&lists))
	flying := flight{}
	for _, list := range lists {
		flying.addList(list)
	}
	return slices.DeleteFunc(slices.Clone(contacts), func(c string) bool { return flying[c] }), err
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
