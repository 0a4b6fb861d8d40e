package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"

	"github.com/tidwall/gjson"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/store/staging"
)

// Fitter brings the values of records into the form in which Dynamics will give them back, and
// counts those that do not fit their columns. It is for one reader of one source.
type Fitter struct {
	Fields
	keys [][]byte // the columns' names as JSON
	rows int64
	seen []tally // by mapping
}

// tally counts the values of one mapping.
type tally struct {
	values, leftOut int64
	cause           string // of the first that was left out
	causes          bool   // there are others
}

func (t *tally) add(cause string) {
	t.values++
	if cause == "" {
		return
	}
	if t.leftOut == 0 {
		t.cause = cause
	}
	t.causes = t.causes || cause != t.cause
	t.leftOut++
}

// Unmatched are the mapped paths that records have, but none of the rows with a value.
func (f *Fitter) Unmatched(read *source.Seen) []string {
	unmet := map[string]bool{}
	for _, field := range read.Unmet() {
		unmet[field.Path] = true
	}
	var paths []string
	for i, seen := range f.seen {
		if path := f.Mapping[i].Source; seen.values == 0 && f.rows > 0 && !unmet[path] {
			paths = append(paths, path)
		}
	}
	return paths
}

// Lost tells of the columns of which every value was left out: most likely the mapping means
// another column. How many there were is told by the warnings, which count rows that get through.
func (f *Fitter) Lost() []string {
	var columns []string
	for i, seen := range f.seen {
		if seen.values == 0 || seen.leftOut < seen.values {
			continue
		}
		left := "left out"
		if f.Reject && seen.cause != NullWord {
			left = "refused, with its row"
		}
		what := fmt.Sprintf("every value of %s was %s: %s", f.Columns[i].LogicalName, left, seen.cause)
		if seen.causes {
			what += ", and other causes"
		}
		columns = append(columns, what)
	}
	return columns
}

// NewFitter gives a fitter that has met no record yet.
func NewFitter(fields Fields) *Fitter {
	f := &Fitter{Fields: fields, seen: make([]tally, len(fields.Columns))}
	for _, c := range f.Columns {
		f.keys = append(f.keys, append(gjson.AppendJSONString(nil, c.LogicalName), ':'))
	}
	return f
}

// Chunk makes a chunk of the records after a position.
func (f *Fitter) Chunk(from int64, records []audience.Record, asOf time.Time) staging.Chunk {
	chunk := staging.Chunk{From: from, To: records[len(records)-1].Position, Rows: make([]staging.Row, 0, len(records))}
	for _, record := range records {
		f.Add(&chunk, record, asOf)
	}
	return chunk
}

// Add puts a record where it belongs in the chunk.
func (f *Fitter) Add(chunk *staging.Chunk, r audience.Record, asOf time.Time) {
	switch r.Kind {
	case audience.RecordIgnored:
		chunk.Ignored++
	case audience.RecordExcluded:
		chunk.Excluded = append(chunk.Excluded, staging.Excluded{Position: r.Position, Line: r.RowLine(), Contact: cmp.Or(r.Contact, r.Offending), Reason: r.Reason, Text: r.Detail})
	default:
		chunk.Rows = append(chunk.Rows, f.Row(r, asOf))
		if r.NoConsent {
			chunk.WithoutConsent++
		}
	}
}

// Row is a record's row, with the values that fit their columns, and why the others do not.
func (f *Fitter) Row(r audience.Record, asOf time.Time) staging.Row {
	f.rows++
	row := staging.Row{
		Position: r.Position, Line: r.RowLine(), Contact: r.Contact, Exited: r.Status == audience.Exited, QualifiedAt: r.Time, AsOf: asOf,
	}
	attributes := make([]byte, 0, 32*len(f.Columns)+2)
	attributes = append(attributes, '{')
	for i, value := range r.Values {
		var cause string
		if attributes, cause = f.fit(attributes, i, value); cause != "" {
			row.LeftOut = append(row.LeftOut, staging.LeftOut{Column: f.Columns[i].LogicalName, Cause: cause, Length: textLength(value.Text)})
		}
		if value.State != audience.ValueEmpty {
			f.seen[i].add(cause)
		}
	}
	row.Attributes = append(attributes, '}')
	row.Warnings = len(row.LeftOut)
	if f.Reject {
		rejectFirst(&row)
	}
	return row
}

// rejectFirst makes the first value that does not fit the reason why its row is not sent.
func rejectFirst(row *staging.Row) {
	misfit := slices.IndexFunc(row.LeftOut, func(l staging.LeftOut) bool { return l.Cause != NullWord })
	if misfit < 0 {
		row.BadColumn, row.BadReason = "", ""
		return
	}
	first := row.LeftOut[misfit]
	row.BadColumn, row.BadReason = first.Column, first.Cause
	if first.Length > 0 {
		row.BadReason = fmt.Sprintf("%s: the value has %d characters", first.Cause, first.Length)
	}
}

// fit appends a value as JSON, unless it leaves its column alone. Cause says why a value does not
// fit.
func (f *Fitter) fit(to []byte, i int, v audience.Value) (fitted []byte, cause string) {
	switch v.State {
	case audience.ValueEmpty:
		if f.Mapping[i].WhenEmpty == audience.WhenEmptyClear {
			to = append(f.key(to, i), "null"...)
		}
		return to, ""
	case audience.ValueText:
		canonical, err := f.Columns[i].Canonical(v.Text)
		if err != nil {
			return to, causeOf(err)
		}
		return gjson.AppendJSONString(f.key(to, i), canonical), ""
	case audience.ValueNull:
		return to, NullWord
	}
	return to, notText
}

// key appends the name of a value, after a comma where another one comes before.
func (f *Fitter) key(to []byte, i int) []byte {
	if len(to) > 1 {
		to = append(to, ',')
	}
	return append(to, f.keys[i]...)
}

// notText is the cause of a value that is an object, a list or not text at all.
const notText = "no single value"

// NullWord is the cause of a word for no value of which the activation file says nothing: it is
// told of, but rejects no row.
const NullWord = "an unquoted null, taken for no value; list it in source.nullText"

// causeOf is why a value does not fit; it holds no value.
func causeOf(err error) string {
	var misfit *dynamics.ValueError
	if errors.As(err, &misfit) {
		return misfit.Reason
	}
	return runs.ReasonInvalidValue
}

// textLength is the length that Dynamics counts.
func textLength(text string) int { return len(utf16.Encode([]rune(text))) }
