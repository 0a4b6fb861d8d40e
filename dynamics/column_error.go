package dynamics

import "strings"

// ColumnError says why a name could not be taken for a column, and what to do.
type ColumnError struct {
	// Name is what was looked for.
	Name string
	// Cause and Fix are one sentence each, without a full stop.
	Cause, Fix string
	// Suggestions are columns that may have been meant, best first.
	Suggestions []string
}

// Error gives one line: what was looked for, why it cannot be used, and the fix.
func (e *ColumnError) Error() string {
	text := "column " + e.Name + ": " + e.Cause
	if len(e.Suggestions) > 0 {
		text += " (did you mean " + strings.Join(e.Suggestions, ", ") + "?)"
	}
	if e.Fix != "" {
		text += ". " + e.Fix
	}
	return text
}

// ValueError says why a value does not fit a column. It never holds the value.
type ValueError struct {
	// Column is the logical name.
	Column string
	// Reason is half a sentence: "longer than 100 characters".
	Reason string
}

// Error gives the column and the reason.
func (e *ValueError) Error() string { return "value for " + e.Column + ": " + e.Reason }
