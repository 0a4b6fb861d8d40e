package dynamics

import "time"

// Contact is one contact as Dynamics holds it.
type Contact struct {
	// ID is a GUID in lower case without braces.
	ID string
	// Values are canonical (see Column.Canonical), in the order of the columns asked for; nil is
	// null.
	Values []*string
	// ModifiedOn and ModifiedBy (a user's GUID) are set when ReadOptions.Modified asked for them.
	ModifiedOn time.Time
	ModifiedBy string
}

// ReadOptions are the choices of one reading; its zero value reads the columns only.
type ReadOptions struct {
	// Modified also reads who changed each contact last, and when.
	Modified bool
}

// Assignment sets one column of a contact.
type Assignment struct {
	Column *Column
	// Value is canonical (see Column.Canonical); nil clears the column.
	Value *string
}

// Update is what one contact shall become. Columns that it does not name stay as they are.
type Update struct {
	ContactID string
	Values    []Assignment
}

// RowState is what is known of one row after Update.
type RowState int

// The states of a row. The zero value is RowUnsent: nothing is claimed that was not seen.
const (
	// RowUnsent: Dynamics did not take the row; it may be sent again without a second look.
	RowUnsent RowState = iota
	// RowWritten: Dynamics has committed the row.
	RowWritten
	// RowRejected: Dynamics refused this row for what it is; the same row will be refused again.
	RowRejected
	// RowUnknown: the row was sent and no answer came; read the contact before sending it again.
	RowUnknown
	// RowFailed: Dynamics failed on this row, sent on its own, and did nothing, while it answers
	// others. It may pass; a row that fails again and again is to blame.
	RowFailed
)

// String gives the state's name for logs.
func (s RowState) String() string {
	return [...]string{"unsent", "written", "rejected", "unknown", "failed"}[s]
}

// RowResult is the outcome of one row of Update, in the order of the rows given.
type RowResult struct {
	State RowState
	// Err says why a row was rejected or failed, or why it is unknown what became of it when it was
	// sent Alone.
	Err *Error
	// Alone is true if the row was sent on its own: what happened is about no other.
	Alone bool
	// Column is the logical name of the column that the error names, or empty.
	Column string
	// Sent is when the request of a RowUnknown had left this host: Dynamics may work on it from
	// then on.
	Sent time.Time
}
