package source

import (
	"bytes"
	"fmt"

	"audienceflow/audience"
)

// titleLines is how many lines people put above a header, at most: what the table is, of when, an
// empty one.
const titleLines = 20

// headerBelow finds the header in one of the lines below what was taken for it, 0 for none: reports
// begin with a title.
func (c *csvRows) headerBelow(delimiter string, accepts func(header []string) bool) int64 {
	tried := separators
	if delimiter != "" {
		tried = []byte{delimiter[0]}
	}
	data := c.w.data()
	for line := c.w.line; len(data) > 0 && line < c.w.line+titleLines; line++ {
		for _, s := range tried {
			look := csvRows{w: c.w, comma: s, escape: c.escape.known()}
			if _, v := look.unquote(data, c.w.err != nil); v != scanWhole {
				continue
			}
			look.makeFields()
			if accepts(trimmed(look.fields)) {
				return line
			}
		}
		_, data, _ = bytes.Cut(data, []byte{'\n'})
	}
	return 0
}

// titled says of a table whose header stands further down that it does.
func titled(line int64) error {
	return &audience.SourceError{Cause: audience.CauseHeader, Message: fmt.Sprintf(
		"the header seems to stand in line %d: it has to be the first line, so delete what is above it, such as a title", line)}
}
