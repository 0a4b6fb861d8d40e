// Package report renders what runs and validations say of themselves. A Sheet is made once of a
// report, and is then printed on a terminal or, as Markdown, in Temporal's UI: the same numbers, in
// the same order and under the same names. JSON is the report itself.
//
// Workflows call it, so it is pure: it reads no clock and no zone of its own, knows nothing of
// Temporal, and the same report always gives the same text.
package report
