package source

import (
	"bytes"
	"errors"
	"io"

	"audienceflow/audience"
)

// escape is how a quote is written inside a quoted value. RFC 4180 and
// spreadsheets double it; Spark, and so AEP, puts a backslash or an apostrophe
// before it.
type escape byte

const (
	escapeUnknown    escape = 0 // doubled, until the file shows something else
	escapeDoubled    escape = '"'
	escapeBackslash  escape = '\\'
	escapeApostrophe escape = '\''
)

// escapeOf is what source.escape says.
func escapeOf(word string) escape {
	switch word {
	case audience.EscapeDoubled:
		return escapeDoubled
	case audience.EscapeBackslash:
		return escapeBackslash
	case audience.EscapeApostrophe:
		return escapeApostrophe
	}
	return escapeUnknown
}

func isEscape(c byte) bool { return c == byte(escapeBackslash) || c == byte(escapeApostrophe) }

// doubles tells whether two quotes are one.
func (e escape) doubles() bool { return e == escapeUnknown || e == escapeDoubled }

// known is the escape as it is used while nothing shows another one.
func (e escape) known() escape {
	if e == escapeUnknown {
		return escapeDoubled
	}
	return e
}

// find gives the next quote or escape, -1 for none.
func (e escape) find(data []byte) int {
	quote := bytes.IndexByte(data, '"')
	if e.doubles() {
		return quote
	}
	before := data
	if quote >= 0 {
		before = data[:quote]
	}
	if i := bytes.IndexByte(before, byte(e)); i >= 0 {
		return i
	}
	return quote
}

// escapeSample is how much of a file is read to see how it escapes quotes.
const escapeSample = 1 << 20

// chooseEscape reads on, from a row that may be meant in several ways, with
// each escape, and takes the one that makes most sense of what follows: by
// which more of it is rows of the header's width. As long as none makes more
// sense than doubled quotes, these are what is read.
func (c *csvRows) chooseEscape() error {
	for len(c.w.data()) < escapeSample {
		if err := c.w.more(); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, errTooLong) {
				break
			}
			return err
		}
	}
	data, atEnd := c.w.data(), c.w.err != nil
	doubled, end := c.sense(escapeDoubled, data, atEnd)
	most := doubled
	for _, e := range []escape{escapeBackslash, escapeApostrophe} {
		if sense, _ := c.sense(e, data, atEnd); sense > most {
			most, c.escape = sense, e
		}
	}
	if end == 0 { // one row is longer than the sample
		end = len(data)
	}
	c.tested = c.w.at(end)
	return nil
}

// sense gives how many bytes of data are rows of the header's width when
// quotes are escaped so, and where the last row, which is cut, begins.
func (c *csvRows) sense(e escape, data []byte, atEnd bool) (sense, end int) {
	look := csvRows{w: c.w, comma: c.comma, escape: e}
	for at := 0; at < len(data); {
		used, v := look.unquote(data[at:], atEnd)
		switch {
		case v == scanPartial:
			return sense, at
		case v == scanWhole && (c.width == 0 || len(look.ends) == c.width):
			sense += used
		case v == scanBroken:
			line := bytes.IndexByte(data[at:], '\n')
			if line < 0 {
				return sense, at
			}
			used = line + 1
		}
		at += used
	}
	return sense, len(data)
}
