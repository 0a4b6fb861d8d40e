package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"audienceflow/audience"
)

// csvRow is one row of a CSV source.
type csvRow struct {
	fields []string // valid until the next call of next
	quoted []bool   // which fields stood in quotes; nil for none
	line   int64
	broken string // why the row cannot be read; "" when it can
	// unended tells that the stream ended without an end of line.
	unended bool
}

// csvRows cuts a stream of CSV into rows: RFC 4180, or with quotes escaped as
// Spark does. Quotes inside unquoted fields are text. Empty lines are no rows.
type csvRows struct {
	w       *window
	comma   byte
	escape  escape
	width   int // of the header; 0 until it is known
	contact int // the field of the contact id; -1 until it is known
	fields  []string
	quoted  []bool
	scratch []byte
	ends    []int
	// tested is where the stream behind tells nothing of its escape any more.
	tested int64
}

func newCSVRows(w *window) csvRows { return csvRows{w: w, comma: ',', contact: -1} }

// Why a row cannot be read.
const (
	brokenQuotes = "text behind a closing quote"
	brokenWidth  = "a quoted value over several lines, and not the header's number of columns"
	longRow      = "longer than 16 MiB"
)

// next gives the next row; io.EOF at the end, *SourceError when the stream ends
// inside quotes.
func (c *csvRows) next() (csvRow, error) {
	for {
		data := c.w.data()
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			switch err := c.w.more(); {
			case err == nil:
				continue
			case errors.Is(err, errTooLong):
				return c.exclude(csvRow{line: c.w.line}, longRow, 0)
			case !errors.Is(err, io.EOF):
				return csvRow{}, err
			case len(data) == 0:
				return csvRow{}, io.EOF
			}
			return c.row(len(data), true)
		}
		if end == 0 || end == 1 && data[0] == '\r' {
			c.w.advance(end + 1)
			continue
		}
		return c.row(end, false)
	}
}

// row reads the row whose first line is data[:end].
func (c *csvRows) row(end int, last bool) (csvRow, error) {
	row := csvRow{line: c.w.line, unended: last}
	line := c.w.data()[:end]
	if bytes.IndexByte(line, '"') >= 0 {
		return c.quotedRow(row)
	}
	c.split(string(bytes.TrimSuffix(line, []byte{'\r'})))
	row.fields = c.fields
	c.w.pos += end
	if !last {
		c.w.pos++
		c.w.line++
	}
	return row, nil
}

func (c *csvRows) split(line string) {
	c.fields = c.fields[:0]
	for {
		i := strings.IndexByte(line, c.comma)
		if i < 0 {
			c.fields = append(c.fields, line)
			return
		}
		c.fields = append(c.fields, line[:i])
		line = line[i+1:]
	}
}

// quotedRow reads a row with quotes, which may go over several lines.
func (c *csvRows) quotedRow(row csvRow) (csvRow, error) {
	atEnd := false
	for {
		data := c.w.data()
		used, v := c.unquote(data, atEnd)
		switch v {
		case scanWhole:
			if c.width > 0 && len(c.ends) != c.width && bytes.IndexByte(data[:used-1], '\n') >= 0 {
				return c.exclude(row, brokenWidth, used)
			}
			row.unended = atEnd && data[used-1] != '\n'
			c.w.advance(used)
			c.makeFields()
			row.fields, row.quoted = c.fields, c.quoted
			return row, nil
		case scanBroken:
			return c.exclude(row, brokenQuotes, used)
		case scanUnsure:
			unsure := c.w.at(used)
			if err := c.chooseEscape(); err != nil {
				return csvRow{}, err
			}
			if c.tested <= unsure { // the row breaks before: what was read has decided about it, too
				c.tested = c.w.at(len(c.w.data()))
			}
			continue
		}
		if atEnd {
			return csvRow{}, &audience.SourceError{Cause: audience.CauseCut, Line: row.line,
				Message: "it ends inside a quoted value that starts in this row: it was cut, or a quote is missing; export it again"}
		}
		switch err := c.w.more(); {
		case errors.Is(err, io.EOF):
			atEnd = true
		case errors.Is(err, errTooLong):
			return c.exclude(row, longRow, 0)
		case err != nil:
			return csvRow{}, err
		}
	}
}

// unquote reads a row's fields into scratch. It gives how many bytes the row
// takes, its end of line included, or where it breaks.
func (c *csvRows) unquote(data []byte, atEnd bool) (used int, v verdict) {
	c.scratch, c.ends, c.quoted = c.scratch[:0], c.ends[:0], c.quoted[:0]
	for i := 0; ; i++ {
		quoted := i < len(data) && data[i] == '"'
		if quoted {
			if i, v = c.quotedField(data, i+1, atEnd); v != scanWhole {
				return i, v
			}
		} else {
			i = c.plainField(data, i)
		}
		c.ends, c.quoted = append(c.ends, len(c.scratch)), append(c.quoted, quoted)
		switch {
		case i >= len(data):
			if atEnd {
				return i, scanWhole
			}
			return i, scanPartial
		case data[i] == '\n':
			return i + 1, scanWhole
		}
	}
}

// plainField copies up to the separator or the line's end.
func (c *csvRows) plainField(data []byte, i int) int {
	start := i
	for i < len(data) && data[i] != c.comma && data[i] != '\n' {
		i++
	}
	field := data[start:i]
	if i == len(data) || data[i] == '\n' {
		field = bytes.TrimSuffix(field, []byte{'\r'})
	}
	c.scratch = append(c.scratch, field...)
	return i
}

// quotedField copies a field from behind its opening quote to behind its
// closing one.
func (c *csvRows) quotedField(data []byte, i int, atEnd bool) (int, verdict) {
	start := i
	for {
		next := c.escape.find(data[i:])
		if next < 0 {
			return len(data), scanPartial
		}
		c.scratch = append(c.scratch, data[i:i+next]...)
		i += next
		rest := data[i+1:]
		switch {
		case data[i] != '"': // the escape, which is text unless it stands before a quote or itself
			if len(rest) == 0 && !atEnd {
				return i, scanPartial
			}
			if len(rest) > 0 && (rest[0] == '"' || rest[0] == data[i]) {
				i++
			}
			c.scratch = append(c.scratch, data[i])
			i++
		case c.escape == escapeUnknown && i > start && isEscape(data[i-1]) && c.w.at(i) >= c.tested:
			return i, scanUnsure
		case c.escape.doubles() && len(rest) > 0 && rest[0] == '"':
			c.scratch = append(c.scratch, '"')
			i += 2
		default:
			return c.closing(rest, i+1, atEnd)
		}
	}
}

// closing looks at what follows a closing quote: the separator or the line's
// end, which begins at data[i].
func (c *csvRows) closing(rest []byte, i int, atEnd bool) (int, verdict) {
	switch {
	case len(rest) > 0 && (rest[0] == c.comma || rest[0] == '\n'):
		return i, scanWhole
	case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
		return i + 1, scanWhole
	case len(rest) > 1 || len(rest) == 1 && rest[0] != '\r':
		return i, scanBroken
	case atEnd:
		return i + len(rest), scanWhole
	}
	return i, scanPartial
}

// makeFields makes fields of scratch, all of one string.
func (c *csvRows) makeFields() {
	text := string(c.scratch)
	c.fields = c.fields[:0]
	start := 0
	for _, end := range c.ends {
		c.fields = append(c.fields, text[start:end])
		start = end
	}
}

// exclude passes over the first line of a row that cannot be read. reach is
// how much of the stream the row seemed to take. Where it is not certain that
// a record starts behind that line, the stream cannot be read on.
func (c *csvRows) exclude(row csvRow, why string, reach int) (csvRow, error) {
	row.broken = why
	if c.width == 0 { // the header, without which nothing can be read
		return row, nil
	}
	from := c.w.at(0)
	ended, err := c.w.skipLine()
	row.unended = !ended
	if err != nil || !ended {
		return row, err
	}
	certain, err := c.startsRecord(reach - int(c.w.at(0)-from))
	if err == nil && !certain {
		err = &audience.SourceError{Cause: audience.CauseFormat, Line: row.line, Message: fmt.Sprintf(
			"the record that starts here cannot be read (%s), and where the next one starts is not certain; export it again, "+
				"with each quote inside a quoted value doubled, or say source.escape", why)}
	}
	return row, err
}

// startsRecord tells whether each row that starts within the next reach bytes,
// and one at least, is a record for sure: it has the header's columns, or a
// contact id where one must be. The end of the stream is as good.
func (c *csvRows) startsRecord(reach int) (bool, error) {
	look := csvRows{w: c.w, comma: c.comma, escape: c.escape.known(), width: c.width}
	for at := 0; ; {
		end, err := c.lineEnd(at)
		data := c.w.data()
		if err != nil || at == len(data) {
			return err == nil, err
		}
		if len(bytes.TrimSpace(data[at:end])) == 0 {
			at = end
			continue
		}
		used, v := look.unquote(data[at:], c.w.err != nil)
		if v != scanWhole || len(look.ends) != c.width {
			if !look.names(c.contact) {
				return false, nil
			}
			used = end - at
		}
		if at += used; at > reach {
			return true, nil
		}
	}
}

// names tells whether the fields read so far hold a contact id in their place.
func (c *csvRows) names(contact int) bool {
	if contact < 0 || contact >= len(c.ends) {
		return false
	}
	c.makeFields()
	_, ok := audience.NormalizeContactID(c.fields[contact])
	return ok
}

// lineEnd gives where the line at data[at] ends, reading on until it is whole
// or as long as a record may be.
func (c *csvRows) lineEnd(at int) (int, error) {
	for {
		data := c.w.data()
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			return at + i + 1, nil
		}
		switch err := c.w.more(); {
		case errors.Is(err, io.EOF), errors.Is(err, errTooLong):
			return len(c.w.data()), nil
		case err != nil:
			return 0, err
		}
	}
}
