package audience

import (
	"strings"
	"time"
)

// tableDecoder reads rows of a table (CSV, Parquet, SQL) for one audience.
type tableDecoder struct {
	activation Activation
	columns    tableColumns
	clock      clock
	asOf       time.Time
}

// newTableDecoder finds the activation's columns in a header.
func newTableDecoder(a Activation, header []string, now, asOf time.Time) (tableDecoder, error) {
	columns, err := findColumns(a, header)
	return tableDecoder{activation: a, columns: columns, clock: newClock(now), asOf: asOf}, err
}

// read reads one row. Its checks are, in order: membership, contact id, status.
func (d *tableDecoder) read(fields []string) Record {
	if d.columns.wide && strings.TrimSpace(fields[d.columns.status]) == "" {
		return Record{Kind: RecordIgnored}
	}
	contact, reason := contactOf(fields[d.columns.contact])
	if reason != "" {
		return Record{Kind: RecordExcluded, Reason: reason}
	}
	status, ok := d.activation.Source.ConstantStatus, true
	if status == "" {
		status, ok = ParseStatus(fields[d.columns.status])
	}
	if !ok {
		return Record{Kind: RecordExcluded, Contact: contact, Reason: ReasonUnknownStatus}
	}
	r := Record{Contact: contact, Status: status, Time: d.asOf, Values: make([]Value, len(d.columns.mapping))}
	if d.columns.time >= 0 {
		r.Time = d.clock.time(fields[d.columns.time])
	}
	for i, column := range d.columns.mapping {
		r.Values[i] = textValue(fields[column])
	}
	if d.columns.consent >= 0 {
		requireConsent(&r, fields[d.columns.consent])
	}
	return r
}
