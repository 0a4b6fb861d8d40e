package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"audienceflow/audience"
)

// separators are tried in this order: what spreadsheets write, those with a
// decimal comma included, and other exporters. A colon also stands in the names
// of columns, so that it counts only where nothing else does.
var separators = []byte{',', ';', '\t', '|', '\x1f', ':'}

// header reads the header line and keeps its width. delimiter is what the
// activation says; without it, the separator is the first with which accepts
// knows the header.
func (c *csvRows) header(delimiter string, accepts func(header []string) bool) ([]string, error) {
	if err := c.w.more(); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.HasPrefix(c.w.data(), utf8Mark) {
		c.w.pos += len(utf8Mark)
	}
	said, err := c.separatorLine(delimiter)
	if err != nil {
		return nil, err
	}
	c.comma = c.separator(said, accepts)
	row, err := c.next()
	for err == nil && row.blank(0) {
		row, err = c.next()
	}
	if err == nil && (row.broken != "" || !accepts(trimmed(row.fields))) {
		if line := c.headerBelow(said, accepts); line > 0 {
			return nil, titled(line)
		}
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, &audience.SourceError{Cause: audience.CauseHeader, Message: "the file is empty; a CSV file needs a header line that names its columns"}
	case err != nil:
		return nil, err
	case row.broken != "":
		return nil, &audience.SourceError{Cause: audience.CauseHeader, Line: row.line, Message: "the header cannot be read: " + row.broken}
	case !validText(row.fields):
		return nil, &audience.SourceError{Cause: audience.CauseFormat, Line: row.line,
			Message: "the header holds bytes that are no UTF-8; save the file as CSV UTF-8, or say source.encoding, such as windows-1252"}
	}
	c.width = len(row.fields)
	return trimmed(row.fields), nil
}

// separatorSays starts the line before the header by which Excel knows the
// separator: sep=;
const separatorSays = "sep="

// separatorLine reads such a line, if the stream begins with one. It gives the
// delimiter that it or the activation says.
func (c *csvRows) separatorLine(delimiter string) (string, error) {
	line, _, whole := bytes.Cut(c.w.data(), []byte{'\n'})
	text := strings.Trim(string(line[:min(len(line), 2*len(separatorSays))]), "\r\"")
	if len(text) != len(separatorSays)+1 || !strings.EqualFold(text[:len(separatorSays)], separatorSays) {
		return delimiter, nil
	}
	said := text[len(separatorSays):]
	if delimiter != "" && delimiter != said {
		return "", &audience.SourceError{Cause: audience.CauseHeader, Line: c.w.line,
			Message: fmt.Sprintf("its first line says sep=%s, and source.delimiter %q: leave the latter out, or say the same", audience.ShownText(said), delimiter)}
	}
	c.w.advance(len(line))
	if whole {
		c.w.advance(1)
	}
	return said, nil
}

func (c *csvRows) separator(delimiter string, accepts func(header []string) bool) byte {
	if delimiter != "" {
		return delimiter[0]
	}
	data := bytes.TrimLeft(c.w.data(), "\r\n")
	line, _, whole := bytes.Cut(data, []byte{'\n'})
	if !whole && c.w.err == nil {
		return ','
	}
	found := slices.DeleteFunc(slices.Clone(separators), func(s byte) bool { return !outsideQuotes(string(line), s) })
	for _, s := range found {
		look := csvRows{w: c.w, comma: s, escape: c.escape.known()}
		if _, v := look.unquote(data, c.w.err != nil); v != scanWhole {
			continue
		}
		look.makeFields()
		if accepts(trimmed(look.fields)) {
			return s
		}
	}
	if len(found) == 0 || found[0] == ':' {
		return ','
	}
	return found[0]
}

func trimmed(fields []string) []string {
	names := make([]string, len(fields))
	for i, name := range fields {
		names[i] = audience.TrimBlank(name)
	}
	return names
}

func outsideQuotes(line string, c byte) bool {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case c:
			if !quoted {
				return true
			}
		}
	}
	return false
}

func validText(fields []string) bool {
	for _, f := range fields {
		if !utf8.ValidString(f) {
			return false
		}
	}
	return true
}
