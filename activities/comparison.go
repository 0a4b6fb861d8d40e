package activities

import (
	"context"
	"errors"

	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/store"
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
}

// compare counts contacts that are as they should be. A difference counts only if a second look, at Dynamics and at the
// ledger as it is then, still shows it.
func (c *comparison) compare(ctx context.Context, exported []ledger.Exported) error {
	differing, err := c.look(ctx, exported, false)
	if err != nil || len(differing) == 0 {
		return err
	}
	if err := settled(ctx, c.o.Store, c.validation.Destination); err != nil {
		return err
	}
	again, err := c.o.Store.ExportedByID(ctx, c.validation.Destination, c.validation.Column, differing)
	if err != nil {
		return err
	}
	_, err = c.look(ctx, again, true)
	return err
}

// settled gives batches under way the time to book what they have written.
func settled(ctx context.Context, kept *store.Store, destination string) error {
	open, err := kept.OpenBatches(ctx, destination, "")
	if err != nil || len(open) == 0 {
		return err
	}
	return sleep(ctx, settleReads)
}

// look reads contacts and counts those that match; with last set also those that do not, which it else returns.
func (c *comparison) look(ctx context.Context, exported []ledger.Exported, last bool) (differing []string, err error) {
	columns, err := c.columnsOf(ctx, exported)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(exported))
	for i, e := range exported {
		ids[i] = e.Contact
	}
	contacts, err := c.o.Destination.Client.ReadContacts(ctx, ids, columns, dynamics.ReadOptions{Modified: last})
	if err != nil {
		return nil, err
	}
	held := make(map[string]dynamics.Contact, len(contacts))
	for _, contact := range contacts {
		held[contact.ID] = contact
	}
	for _, e := range exported {
		contact, found := held[e.Contact]
		differences := c.differences(e, contact, found, columns)
		switch {
		case len(differences) == 0:
			c.counts.Matched++
		case !last:
			differing = append(differing, e.Contact)
			continue
		case !found:
			c.counts.Missing++
		default:
			c.counts.Mismatched++
		}
		c.tally(e, contact, found)
		c.keep(differences)
	}
	return differing, nil
}

func (c *comparison) keep(differences []validations.Mismatch) {
	c.mismatches = append(c.mismatches, differences...)
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

// differences lists the columns of a contact that are not as the ledger says. Columns holds the status column first.
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
