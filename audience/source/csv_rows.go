package source

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"audienceflow/audience"
)

// csvRow is one row of a CSV source.
type csvRow struct {
	fields []string // valid until the next call of next
	line   int64
	broken string // why the row cannot be read; "" when it can
	// unended tells that the stream ended without an end of line.
	unended bool
}

// csvRows cuts a stream of CSV (RFC 4180) into rows. Quotes inside unquoted
// fields are text. Empty lines are no rows.
type csvRows struct {
	w       *window
	comma   byte
	fields  []string
	scratch []byte
	ends    []int
}

// Why a row cannot be read.
const (
	brokenQuotes = "text behind a closing quote"
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
				return c.tooLong()
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
		return c.quoted(row)
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

// quoted reads a row with quotes, which may go over several lines.
func (c *csvRows) quoted(row csvRow) (csvRow, error) {
	atEnd := false
	for {
		used, v := c.unquote(c.w.data(), atEnd)
		switch v {
		case scanWhole:
			row.unended = atEnd && c.w.data()[used-1] != '\n'
			c.w.advance(used)
			c.cut()
			row.fields = c.fields
			return row, nil
		case scanBroken:
			_, err := c.w.skipLine()
			row.broken = brokenQuotes
			return row, err
		}
		if atEnd {
			return csvRow{}, &audience.SourceError{Cause: audience.CauseCut, Line: row.line,
				Message: "it ends inside a quoted value that starts in this row: it was cut, or a quote is missing; export it again"}
		}
		switch err := c.w.more(); {
		case errors.Is(err, io.EOF):
			atEnd = true
		case errors.Is(err, errTooLong):
			return c.tooLong()
		case err != nil:
			return csvRow{}, err
		}
	}
}

// unquote reads a row's fields into scratch. It gives how many bytes the row
// takes, its end of line included.
func (c *csvRows) unquote(data []byte, atEnd bool) (used int, v verdict) {
	c.scratch, c.ends = c.scratch[:0], c.ends[:0]
	for i := 0; ; i++ {
		if i < len(data) && data[i] == '"' {
			if i, v = c.quotedField(data, i+1, atEnd); v != scanWhole {
				return i, v
			}
		} else {
			i = c.plainField(data, i)
		}
		c.ends = append(c.ends, len(c.scratch))
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

// plainField copies up to the comma or the line's end.
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
	for {
		quote := bytes.IndexByte(data[i:], '"')
		if quote < 0 {
			return len(data), scanPartial
		}
		c.scratch = append(c.scratch, data[i:i+quote]...)
		i += quote + 1
		rest := data[i:]
		switch {
		case len(rest) > 0 && rest[0] == '"':
			c.scratch = append(c.scratch, '"')
			i++
		case len(rest) > 0 && (rest[0] == c.comma || rest[0] == '\n'):
			return i, scanWhole
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 1, scanWhole
		case len(rest) == 0 || len(rest) == 1 && rest[0] == '\r':
			if !atEnd {
				return i, scanPartial
			}
			return len(data), scanWhole
		default:
			return i, scanBroken
		}
	}
}

// cut makes fields of scratch, all of one string.
func (c *csvRows) cut() {
	text := string(c.scratch)
	c.fields = c.fields[:0]
	start := 0
	for _, end := range c.ends {
		c.fields = append(c.fields, text[start:end])
		start = end
	}
}

// tooLong leaves out the first line of a row that has no end within the bound.
func (c *csvRows) tooLong() (csvRow, error) {
	row := csvRow{line: c.w.line, broken: longRow}
	ended, err := c.w.skipLine()
	row.unended = !ended
	return row, err
}
