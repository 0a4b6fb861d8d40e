package profile

import (
	"time"

	"audienceflow/audience"
)

// Table reads rows of a table (CSV, Parquet, SQL) for one audience.
type Table struct {
	activation audience.Activation
	columns    tableColumns
	clock      clock
	asOf       time.Time
	seen       *Seen
}

// NewTable finds the activation's columns in a header.
func NewTable(a audience.Activation, header []string, r Reading) (Table, error) {
	columns, err := findColumns(a, header)
	if err != nil {
		return Table{}, err
	}
	c, err := newClock(a.Source, r)
	return Table{activation: a, columns: columns, clock: c, asOf: r.AsOf, seen: r.Seen}, err
}

// ContactColumn is the place of the contact id in a row.
func (d *Table) ContactColumn() int { return d.columns.contact }

// Read reads one row. Its checks are, in order: membership, contact id, status.
// unlisted marks the empty fields that held a word for no value of which the
// activation file says nothing; nil for none.
func (d *Table) Read(fields []string, unlisted []bool) audience.Record {
	r := d.read(fields, unlisted)
	d.seen.row(r)
	return r
}

func (d *Table) read(fields []string, unlisted []bool) audience.Record {
	if d.columns.wide && audience.TrimBlank(fields[d.columns.status]) == "" {
		return audience.Record{Kind: audience.RecordIgnored}
	}
	contact, reason := contactOf(fields[d.columns.contact])
	if reason != "" {
		return withoutContact(fields[d.columns.contact], reason)
	}
	status, ok := d.activation.Source.ConstantStatus, true
	if status == "" {
		status, ok = audience.ParseStatus(fields[d.columns.status])
	}
	if !ok {
		return withoutStatus(contact, fields[d.columns.status])
	}
	r := audience.Record{Contact: contact, Status: status, Time: d.asOf, Values: make([]audience.Value, len(d.columns.mapping))}
	if d.columns.time >= 0 {
		r.Time = d.clock.counted(fields[d.columns.time])
	}
	for i, column := range d.columns.mapping {
		r.Values[i] = textValue(fields[column])
		if unlisted != nil && unlisted[column] {
			r.Values[i] = audience.Value{State: audience.ValueNull}
		}
	}
	if d.columns.consent >= 0 {
		requireConsent(&r, fields[d.columns.consent])
	}
	return r
}
