package source

import (
	"slices"
	"strings"

	"audienceflow/audience"
)

// endOfFile ends the files of old DOS programs, and those joined by its copy.
const endOfFile = "\x1a"

// blank tells whether nothing stands in a row, such as ;;; that spreadsheets
// write behind the last one. What is left of a row at the end of a stream is
// none: it was cut.
func (row csvRow) blank(width int) bool {
	if row.broken != "" || row.unended && len(row.fields) > 1 && len(row.fields) < width {
		return false
	}
	for _, cell := range row.fields {
		if row.unended && len(row.fields) == 1 {
			cell = strings.TrimSuffix(cell, endOfFile)
		}
		if cell != "" && audience.TrimBlank(cell) != "" {
			return false
		}
	}
	return true
}

// repeats tells whether a row is the header again: files were joined.
func (row csvRow) repeats(header []string, at int) bool {
	return len(row.fields) == len(header) && audience.TrimBlank(row.fields[at]) == header[at] && slices.Equal(trimmed(row.fields), header)
}

// joined tells whether rows run into one another, since their lines end in
// CR alone and those before them do not.
func (c *csvRows) joined(row csvRow) bool {
	for i, cell := range row.fields {
		if row.quoted != nil && row.quoted[i] || len(row.fields) == c.width && i != c.contact {
			continue
		}
		if strings.Contains(strings.TrimRight(cell, "\r"), "\r") {
			return true
		}
	}
	return false
}
