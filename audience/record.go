package audience

import "time"

// Kind tells what became of a record of the source.
type Kind int

const (
	// RecordRow is a membership that can be staged.
	RecordRow Kind = iota
	// RecordExcluded is a record that cannot be used; Reason says why.
	RecordExcluded
	// RecordIgnored is a profile without a membership of this audience.
	RecordIgnored
)

// Record is one record of a source, read for one audience.
type Record struct {
	// Position counts 1, 2, 3... over every record of the source, ignored
	// and excluded ones included.
	Position int64 `json:"position"`
	// Line is the 1-based line of the source where the record starts; the row
	// number where a format has no lines (Parquet, SQL).
	Line int64 `json:"line,omitempty"`
	// Listed tells that the record's list begins in the same line, so that
	// Position tells people more than Line.
	Listed bool `json:"listed,omitempty"`
	Kind   Kind `json:"kind"`
	// Contact is the normalised GUID in lower case. An excluded record has it
	// when it names a contact (unknown_status).
	Contact string `json:"contact,omitempty"`
	// Offending is what an excluded record has instead of a contact id, as it
	// stands there.
	Offending string `json:"offending,omitempty"`
	Status    Status `json:"status,omitempty"`
	// Time is the lastQualificationTime in UTC; zero means oldest. A source
	// that maps no time dates its records at its asOf.
	Time time.Time `json:"time,omitzero"`
	// Values holds one value per Mapping, in the same order. Rows only.
	Values []Value `json:"values,omitempty"`
	// Reason says why an excluded record is excluded.
	Reason string `json:"reason,omitempty"`
	// Detail adds to Reason where the record breaks; never any of its data.
	Detail string `json:"detail,omitempty"`
	// NoConsent marks a realized membership that became an exit because the
	// profile gives no consent.
	NoConsent bool `json:"noConsent,omitempty"`
}

// ValueState tells how a mapped value can be used.
type ValueState int

const (
	// ValueEmpty is missing, null, "" or blank.
	ValueEmpty ValueState = iota
	// ValueText is text to be fitted to its column.
	ValueText
	// ValueUnusable is an object, a list or text with NUL where one plain
	// value must be.
	ValueUnusable
	// ValueNull is a word for no value, such as null, in a cell without quotes
	// where the activation file does not list it: it leaves its column alone.
	ValueNull
)

// Value is one mapped value of a record. Numbers keep their literal text,
// booleans are "true" or "false".
type Value struct {
	State ValueState `json:"state"`
	Text  string     `json:"text,omitempty"`
}
