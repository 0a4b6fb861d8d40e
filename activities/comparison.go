package activities

import (
	"context"
	"errors"
	"reflect"
	"time"

	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/store/ledger"
	"audienceflow/store/validations"
)

// comparison compares the contacts of one slice.
type comparison struct {
	o          Options
	tables     *tables
	validation validations.Validation
	mapped     map[string]bool // of all that was written, the columns to compare; nil: all
	columns    map[string]dynamics.Column
	counts     validations.SliceCounts
	mismatches []validations.Mismatch
	pause      func(context.Context, time.Duration) error
	left       int // looks at what is in flight
}

// What a batch has in flight Dynamics may hold before the ledger knows. The contacts of a slice
// that differ are given the time that a killed worker's batch takes until another has read it back
// and booked it.
const (
	flightLook  = time.Second
	flightLooks = 300
)

// compare counts contacts that are as they should be. A difference counts only if a second look, at
// Dynamics and at the ledger as it is then, still shows it while nobody writes the contact.
func (c *comparison) compare(ctx context.Context, exported []ledger.Exported) error {
	seen, err := c.look(ctx, exported, dynamics.ReadOptions{})
	if err != nil {
		return err
	}
	open := c.count(seen, func(s sighting) bool { return len(s.differences) == 0 })
	for len(open) > 0 {
		if open, err = c.lookAgain(ctx, open); err != nil {
			return err
		}
		if len(open) > 0 {
			c.left--
			if err := c.pause(ctx, flightLook); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookAgain counts contacts that differed, and returns those that somebody writes or has written
// meanwhile, as long as there are looks left.
func (c *comparison) lookAgain(ctx context.Context, contacts []string) (open []string, err error) {
	kept, destination, column := c.o.Store, c.validation.Destination, c.validation.Column
	patient := c.left > 0
	if patient { // Dynamics is not asked for what cannot be judged yet
		flying, err := kept.InFlight(ctx, destination)
		if err != nil {
			return nil, err
		}
		var still []string
		for _, id := range contacts {
			if flying[id] {
				open = append(open, id)
			} else {
				still = append(still, id)
			}
		}
		if contacts = still; len(contacts) == 0 {
			return open, nil
		}
	}
	before, err := kept.ExportedByID(ctx, destination, column, contacts)
	if err != nil {
		return nil, err
	}
	seen, err := c.look(ctx, before, dynamics.ReadOptions{Modified: true})
	if err != nil {
		return nil, err
	}
	// In this order: what was in flight while Dynamics was read is so still, or is in the ledger.
	flying, err := kept.InFlight(ctx, destination)
	if err != nil {
		return nil, err
	}
	after, err := kept.ExportedByID(ctx, destination, column, contacts)
	if err != nil {
		return nil, err
	}
	booked := make(map[string]ledger.Exported, len(after))
	for _, e := range after {
		booked[e.Contact] = e
	}
	return append(open, c.count(seen, func(s sighting) bool {
		id := s.exported.Contact
		unchanged := !flying[id] && reflect.DeepEqual(booked[id], s.exported)
		return len(s.differences) == 0 || unchanged || !patient
	})...), nil
}

// sighting is a contact as Dynamics holds it beside what the ledger says.
type sighting struct {
	exported    ledger.Exported
	contact     dynamics.Contact
	found       bool
	differences []validations.Mismatch
}

// look reads contacts.
func (c *comparison) look(ctx context.Context, exported []ledger.Exported, o dynamics.ReadOptions) ([]sighting, error) {
	if len(exported) == 0 {
		return nil, nil
	}
	columns, err := c.columnsOf(ctx, exported)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(exported))
	for i, e := range exported {
		ids[i] = e.Contact
	}
	contacts, err := c.o.Destination.Client.ReadContacts(ctx, ids, columns, o)
	if err != nil {
		return nil, err
	}
	held := make(map[string]dynamics.Contact, len(contacts))
	for _, contact := range contacts {
		held[contact.ID] = contact
	}
	seen := make([]sighting, len(exported))
	for i, e := range exported {
		contact, found := held[e.Contact]
		seen[i] = sighting{e, contact, found, c.differences(e, contact, found, columns)}
	}
	return seen, nil
}

// count counts those that are judged, and returns the others.
func (c *comparison) count(seen []sighting, judged func(sighting) bool) (open []string) {
	for _, s := range seen {
		switch {
		case !judged(s):
			open = append(open, s.exported.Contact)
			continue
		case len(s.differences) == 0:
			c.counts.Matched++
		case !s.found:
			c.counts.Missing++
		default:
			c.counts.Mismatched++
		}
		c.tally(s.exported, s.contact, s.found)
		c.mismatches = append(c.mismatches, s.differences...)
	}
	return open
}

// tally counts the words that are expected and those that are there.
func (c *comparison) tally(e ledger.Exported, contact dynamics.Contact, found bool) {
	c.counts.Expected++
	expected := withWord(runs.ByStatus{}, c.validation, e.Word, 1)
	c.counts.RealizedExpected += expected.Realized
	c.counts.ExitedExpected += expected.Exited
	if found {
		actual := withWord(runs.ByStatus{}, c.validation, contact.Values[0], 1)
		c.counts.RealizedActual += actual.Realized
		c.counts.ExitedActual += actual.Exited
	}
}

// differences lists the columns of a contact that are not as the ledger says. Columns holds the
// status column first.
func (c *comparison) differences(e ledger.Exported, contact dynamics.Contact, found bool, columns []dynamics.Column) []validations.Mismatch {
	if !found {
		return []validations.Mismatch{{Contact: e.Contact, Kind: validations.MismatchMissing, Column: c.validation.Column, Expected: e.Word}}
	}
	want := make(map[string]*string, len(e.Values)+1)
	for _, value := range e.Values {
		want[value.Column] = value.Value
	}
	want[c.validation.Column] = e.Word
	var out []validations.Mismatch
	for i, column := range columns {
		expected, exported := want[column.LogicalName]
		if exported && !same(expected, contact.Values[i]) {
			out = append(out, validations.Mismatch{
				Contact: e.Contact, Kind: validations.MismatchDiffers, Column: column.LogicalName, Expected: expected, Actual: contact.Values[i],
				ModifiedBy: contact.ModifiedBy, ModifiedOn: contact.ModifiedOn,
			})
		}
	}
	return out
}

// columnsOf gives the columns that were written to any of the contacts, the status column first.
func (c *comparison) columnsOf(ctx context.Context, exported []ledger.Exported) ([]dynamics.Column, error) {
	if c.columns == nil {
		c.columns = map[string]dynamics.Column{}
	}
	var out []dynamics.Column
	seen := map[string]bool{}
	add := func(name string) error {
		if seen[name] {
			return nil
		}
		seen[name] = true
		column, err := c.column(ctx, name)
		var gone *dynamics.ColumnError
		if errors.As(err, &gone) && name != c.validation.Column {
			return nil // a mapped column that was deleted since holds nothing to compare
		}
		if err != nil {
			return err
		}
		out = append(out, column)
		return nil
	}
	if err := add(c.validation.Column); err != nil {
		return nil, err
	}
	for _, e := range exported {
		for _, value := range e.Values {
			if c.mapped != nil && !c.mapped[value.Column] {
				continue
			}
			if err := add(value.Column); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (c *comparison) column(ctx context.Context, name string) (dynamics.Column, error) {
	if known, ok := c.columns[name]; ok {
		return known, nil
	}
	table, err := c.tables.get(ctx)
	if err != nil {
		return dynamics.Column{}, err
	}
	column, err := table.Column(name)
	if err == nil {
		c.columns[name] = column
	}
	return column, err
}
