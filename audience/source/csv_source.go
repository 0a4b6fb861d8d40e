package source

import (
	"errors"
	"fmt"
	"io"

	"audienceflow/audience"
	"audienceflow/audience/profile"
	"audienceflow/runs"
)

// recordSource gives the records of a source, without their positions.
type recordSource interface {
	// next gives io.EOF at a clean end, a *SourceError, without the name of the source, for what
	// must stop the run.
	next() (audience.Record, error)
}

// csvSource reads a CSV stream for one audience.
type csvSource struct {
	rows    csvRows
	named   []string // the header
	nulls   nullText
	decoder profile.Table
	seen    *Seen
}

// newCSVSource reads the header at once.
func newCSVSource(r io.Reader, a audience.Activation, reading profile.Reading) (*csvSource, error) {
	s := &csvSource{rows: newCSVRows(newWindow(r)), nulls: nullTextOf(a.Source), seen: reading.Seen}
	s.rows.escape = escapeOf(a.Source.Escape)
	header, err := s.rows.header(a.Source.Delimiter, func(header []string) bool {
		_, err := profile.NewTable(a, header, reading)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	if s.decoder, err = profile.NewTable(a, header, reading); err != nil {
		return nil, err
	}
	s.named, s.rows.contact = header, s.decoder.ContactColumn()
	return s, nil
}

// otherEncoding is what to do about a file that is not UTF-8: Excel writes such unless it is told.
const otherEncoding = "not UTF-8: write source.encoding: windows-1252 where Windows or Excel wrote the file, else export it as UTF-8"

func (s *csvSource) next() (audience.Record, error) {
	row, err := s.rows.next()
	if err != nil {
		return audience.Record{}, err
	}
	if row.blank(s.rows.width) || row.repeats(s.named, s.rows.contact) {
		s.seen.EmptyRow()
		return audience.Record{Line: row.line, Kind: audience.RecordIgnored}, nil
	}
	bad, err := s.rows.check(row)
	if err != nil {
		return audience.Record{}, err
	}
	if bad == noUTF8 {
		bad = otherEncoding
	}
	if bad != "" {
		return audience.Record{Line: row.line, Kind: audience.RecordExcluded, Reason: runs.ReasonUnreadable, Detail: bad}, nil
	}
	record := s.decoder.Read(row.fields, s.nulls.clear(row))
	record.Line = row.line
	return record, nil
}

const mixedLineEnds = "lines end in CR alone from here on, and otherwise before, so where a record ends is not certain; " +
	"export it again with line ends of one kind"

// check says why a row is no record, "" where it is one. The last row, if it
// is short and has no line end, was cut.
func (c *csvRows) check(row csvRow) (bad string, err error) {
	switch {
	case row.broken != "":
		return row.broken, nil
	case len(row.fields) < c.width && row.unended:
		return "", cutRecord(row.line)
	case c.joined(row):
		return "", &audience.SourceError{Cause: audience.CauseFormat, Line: row.line, Message: mixedLineEnds}
	case len(row.fields) != c.width:
		return fmt.Sprintf("%d columns instead of the header's %d", len(row.fields), c.width), nil
	case !validText(row.fields):
		return noUTF8, nil
	}
	return "", nil
}

// Table reads a CSV file whose columns mean something else than an activation's:
// what may be written of a source may be written of it too.
type Table struct {
	Header []string
	rows   csvRows
	close  func()
}

// OpenTable reads the header of a CSV file. Of several separators the one is
// taken with which accepts knows the header. Errors are *SourceError without
// the name of the file.
func OpenTable(r io.Reader, encoding string, accepts func(header []string) bool) (*Table, error) {
	in, err := unpack(r)
	if err != nil {
		return nil, explain("", err)
	}
	t := &Table{close: in.close}
	text, err := textOf(in.Reader, encoding)
	if err == nil {
		t.rows = newCSVRows(newWindow(lineEnds(text)))
		t.Header, err = t.rows.header("", accepts)
	}
	if err != nil {
		in.close()
		return nil, explain("", err)
	}
	return t, nil
}

// Next gives the next row and its line; io.EOF behind the last. A row that
// cannot be read is an error.
func (t *Table) Next() (fields []string, line int64, err error) {
	row, err := t.rows.next()
	for err == nil && row.blank(t.rows.width) {
		row, err = t.rows.next()
	}
	if errors.Is(err, io.EOF) {
		return nil, 0, io.EOF
	}
	bad := ""
	if err == nil {
		bad, err = t.rows.check(row)
	}
	if err != nil {
		return nil, 0, explain("", err)
	}
	if bad != "" {
		return nil, 0, &audience.SourceError{Cause: audience.CauseFormat, Line: row.line, Message: "the row that starts here cannot be read: " + bad}
	}
	return row.fields, row.line, nil
}

// Close releases the file's decompression.
func (t *Table) Close() { t.close() }
