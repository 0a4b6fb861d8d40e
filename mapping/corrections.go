package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/source"
	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/safetext"
	"audienceflow/store/staging"
)

// Corrections are values that a person has put right, read from a CSV file. A line names its row by
// "line" (of the source) or by "contact"; with both, the row of that line gets that contact. The
// other columns are targets of the mapping; "column" and "value" together correct one column, as in
// the output of "starter rejected -o csv" with a value added.
type Corrections struct {
	name      string // of the file
	fields    Fields
	byLine    map[int64]correction
	byContact map[string]correction
	count     int             // of rows that are corrected
	applied   map[int64]bool  // corrections that have met their row, by their place in the file
	met       map[int64]int64 // the positions of the rows of byLine, by the line
	several   bool            // a line is that of several failed rows
	changed   int             // of applied: those that change something
	sum       string          // of the file, empty without one
}

// correction is what is put right of one row.
type correction struct {
	at      int64  // the line of the file that names the row first
	contact string // empty: as it was
	values  map[string]*string
}

// plainColumns are those of "starter rejected -o csv" that correct nothing.
var plainColumns = map[string]bool{
	"outcome": true, "reason": true, "code": true, "cause": true, "owner": true, "action": true, "text": true, "state": true, "position": true, "requestid": true,
}

// NoCorrections are those of a run without a file of them.
func NoCorrections(fields Fields) *Corrections {
	return &Corrections{fields: fields, byLine: map[int64]correction{}, byContact: map[string]correction{}, applied: map[int64]bool{}, met: map[int64]int64{}}
}

// ReadCorrections reads a file of corrections of the mapped columns, to its end. name is what
// errors call it, encoding is as in source.Options. An error is an *audience.SourceError, with the
// line.
func ReadCorrections(name string, file io.Reader, encoding string, fields Fields) (*Corrections, error) {
	c := NoCorrections(fields)
	c.name = name
	sum := sha256.New()
	err := c.read(io.TeeReader(file, sum), encoding)
	c.sum = hex.EncodeToString(sum.Sum(nil))
	return c, err
}

// Identity names what a run stages, with the version of the corrections: another one would be of
// other rows.
func (c *Corrections) Identity(rows string) string {
	if c.sum == "" {
		return rows
	}
	return rows + ", corrections " + c.sum
}

// read reads a file of corrections as a source's table is read.
func (c *Corrections) read(file io.Reader, encoding string) error {
	names := c.fields.byName()
	table, err := source.OpenTable(file, encoding, func(header []string) bool { return anyKnown(names, header) })
	if err != nil {
		return c.wrong(1, err)
	}
	defer table.Close()
	columns, err := correctionColumns(names, table.Header)
	if err != nil {
		return c.wrong(1, err)
	}
	for {
		fields, line, err := table.Next()
		switch {
		case errors.Is(err, io.EOF) && c.count == 0:
			return c.wrong(1, errors.New("it holds no correction: below its header it needs a line for each row that it corrects"))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return c.wrong(1, err)
		case excludedLine(table.Header, fields):
			continue
		}
		if err := c.add(columns, line, fields); err != nil {
			return c.wrong(line, err)
		}
	}
}

// excludedLine passes over rows that never had values staged, in an edited output of "starter
// rejected".
func excludedLine(header, fields []string) bool {
	i := slices.IndexFunc(header, func(name string) bool { return strings.EqualFold(name, "outcome") })
	return i >= 0 && fields[i] == runs.OutcomeExcluded
}

// wrong says what is wrong with the file, in a line unless err knows a better one.
func (c *Corrections) wrong(line int64, err error) error {
	e := &audience.SourceError{Cause: audience.CauseFormat, Source: c.name, Line: line, Message: err.Error()}
	var read *audience.SourceError
	if errors.As(err, &read) {
		e.Cause, e.Message, e.Err = read.Cause, read.Message, read.Err
		e.Line = max(read.Line, 1)
	}
	var unknown *unknownColumn
	if errors.As(err, &unknown) && unknown.known {
		e.Detail = "the column is " + audience.ShownCell(unknown.name)
	}
	return e
}

// unknownColumn says that a file of corrections names a column that the mapping does not have. The
// name is the file's own word, and shown to people alone: only where the file's header has others
// that are known.
type unknownColumn struct {
	place int // in the header, from 1; 0 where a line names it
	name  string
	known bool
	names []string
}

func (e *unknownColumn) Error() string {
	if e.place == 0 {
		return "what it has as its column is no target of the mapping"
	}
	return fmt.Sprintf("column %d of its header is neither line nor contact nor a target of the mapping (%s)", e.place, strings.Join(e.names, ", "))
}

// correctionColumn is what a column of the file means.
type correctionColumn struct {
	name   string // "line", "contact", "column", "value", or "" for a target or a column that is passed over
	target *dynamics.Column
	named  map[string]dynamics.Column // for "column": by any of their names
}

// rowColumns name the row that a line corrects, or what it corrects of it.
var rowColumns = []string{"line", "column", "value", "contact", "contactid"}

func anyKnown(names map[string]dynamics.Column, header []string) bool {
	return slices.ContainsFunc(header, func(name string) bool {
		name = strings.ToLower(name)
		_, known := names[name]
		return known || plainColumns[name] || slices.Contains(rowColumns, name)
	})
}

func correctionColumns(names map[string]dynamics.Column, header []string) ([]correctionColumn, error) {
	columns := make([]correctionColumn, len(header))
	var unknown *unknownColumn
	for i, name := range header {
		name = strings.ToLower(name)
		target, known := names[name]
		switch {
		case known:
			columns[i].target = &target
		case name == "line", name == "column", name == "value":
			columns[i].name = name
		case name == "contact", name == "contactid":
			columns[i].name = "contact"
		case plainColumns[name]:
		case unknown == nil:
			unknown = &unknownColumn{place: i + 1, name: name, names: slices.Sorted(maps.Keys(names))}
		}
		columns[i].named = names
	}
	if unknown != nil {
		unknown.known = anyKnown(names, header)
		return nil, unknown
	}
	return columns, nil
}

// add takes up a line of the file, which stands at the given place.
func (c *Corrections) add(columns []correctionColumn, at int64, fields []string) error {
	one := correction{at: at, values: map[string]*string{}}
	var line int64
	var longName, longValue string
	var long bool
	for i, text := range fields {
		text = safetext.Uncell(strings.TrimSpace(text))
		column := columns[i]
		var err error
		switch {
		case column.target != nil && text != "":
			err = one.set(*column.target, text)
		case column.name == "line" && text != "":
			if line, err = strconv.ParseInt(text, 10, 64); err != nil {
				err = errNoLine // the package's own error quotes the text
			}
		case column.name == "contact" && text != "":
			one.contact, err = normalContact(text)
		case column.name == "column":
			longName = text
		case column.name == "value":
			longValue, long = text, true
		}
		if err != nil {
			return err
		}
	}
	if long && longName != "" && longValue != "" {
		column, known := columns[0].named[strings.ToLower(longName)]
		if !known {
			return &unknownColumn{}
		}
		if err := one.set(column, longValue); err != nil {
			return err
		}
	}
	switch {
	case line > 0:
		return keep(c, c.byLine, line, one)
	case one.contact != "":
		return keep(c, c.byContact, one.contact, one)
	}
	return errors.New("it names neither line nor contact of a failed row")
}

// keep adds a correction to what other lines of the file have put right of the same row.
func keep[K comparable](c *Corrections, all map[K]correction, row K, one correction) error {
	before, found := all[row]
	if !found {
		c.count++
		all[row] = one
		return nil
	}
	for column, value := range one.values {
		if other := before.values[column]; other != nil && *other != *value {
			return fmt.Errorf("it gives %s another value than line %d, which names the same row", column, before.at)
		}
		before.values[column] = value
	}
	if before.contact != "" && one.contact != "" && before.contact != one.contact {
		return fmt.Errorf("it gives the row another contact than line %d, which names the same row", before.at)
	}
	before.contact = cmp.Or(before.contact, one.contact)
	all[row] = before
	return nil
}

var errNoLine = errors.New("its line is no number")

func normalContact(text string) (string, error) {
	id, ok := audience.NormalizeContactID(text)
	if !ok {
		return "", errors.New("its contact is no GUID")
	}
	return id, nil
}

func (o *correction) set(column dynamics.Column, text string) error {
	canonical, err := column.Canonical(text)
	if err != nil {
		return err
	}
	o.values[column.LogicalName] = &canonical
	return nil
}

// Count is how many rows the file corrects.
func (c *Corrections) Count() int { return c.count }

// Apply puts a failed row right: its new values are of the given time, whatever is older gives way
// to them. An error says that what is kept of the row is damaged.
func (c *Corrections) Apply(row *staging.Row, asOf time.Time) error {
	one, found := c.byLine[row.Line]
	if !found || row.Line == 0 {
		if one, found = c.byContact[row.Contact]; !found {
			return nil
		}
	} else if before, met := c.met[row.Line]; met && before != row.Position {
		c.several = true
	} else {
		c.met[row.Line] = row.Position
	}
	c.applied[one.at] = true
	if len(one.values) > 0 || one.contact != "" && one.contact != row.Contact {
		c.changed++
	}
	if one.contact != "" {
		row.Contact = one.contact
	}
	if len(one.values) == 0 {
		return nil
	}
	var values map[string]*string
	if err := json.Unmarshal(row.Attributes, &values); err != nil {
		return fmt.Errorf("what the store keeps of line %d cannot be read (%w): it is damaged, put its backup in place", row.Line, err)
	}
	maps.Copy(values, one.values)
	row.LeftOut = slices.DeleteFunc(row.LeftOut, func(l staging.LeftOut) bool { return one.values[l.Column] != nil })
	row.Warnings = len(row.LeftOut)
	if c.fields.Reject {
		rejectFirst(row)
	}
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	row.Attributes = text
	return row.DateValues(slices.Collect(maps.Keys(one.values)), asOf)
}

// Unused complains about corrections of rows that have not failed, since most likely they name the
// wrong run, and about a file that changes nothing.
func (c *Corrections) Unused() error {
	unmet := c.unmet()
	switch {
	case c.several:
		return &audience.SourceError{Cause: audience.CauseFormat, Source: "corrections",
			Message: "a line of the file names several failed rows: lines begin anew in each file of a folder and in each body of a stream; name the rows by contact, without line"}
	case len(unmet) == 0 && (c.changed > 0 || c.count == 0):
		return nil
	case len(unmet) == 0:
		return &audience.SourceError{Cause: audience.CauseFormat, Source: "corrections",
			Message: "the file corrects nothing: add a column with the corrected values, or replay the run without a file"}
	}
	return &audience.SourceError{Cause: audience.CauseFormat, Source: "corrections",
		Message: fmt.Sprintf("corrections that name no row that has failed in this run and is still kept: %d of %d (of this file: %s); \"starter rejected\" lists the rows that are",
			len(unmet), c.count, someLines(unmet))}
}

// unmet are the lines of corrections that have met no row, in the file's order.
func (c *Corrections) unmet() []int64 {
	var lines []int64
	for _, one := range slices.Concat(slices.Collect(maps.Values(c.byLine)), slices.Collect(maps.Values(c.byContact))) {
		if !c.applied[one.at] {
			lines = append(lines, one.at)
		}
	}
	slices.Sort(lines)
	return lines
}

// mostLines are as many as a message names.
const mostLines = 5

func someLines(lines []int64) string {
	named := make([]string, 0, mostLines+1)
	for i, line := range lines {
		if i == mostLines {
			named = append(named, "...")
			break
		}
		named = append(named, fmt.Sprintf("line %d", line))
	}
	return strings.Join(named, ", ")
}
