package audience

import (
	"fmt"
	"path"
)

// Place says where people find a record of a source by its numbers, as a row keeps them. Where the
// number of its line is that of the record, as in JSON of one line, in Parquet and in queries, it
// is called a record: lines of those are nothing that people could find. Where records are longer
// than a line, both are said: a spreadsheet counts records. What has no line is a contact that a
// complete source does not name.
func Place(line, position int64) string {
	switch line {
	case 0:
		return "absent"
	case position:
		return fmt.Sprintf("record %d", position)
	case position + 1: // below a header
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("line %d, record %d", line, position)
}

// Place says where people find a record, and in which file of several (part, "" for one): its
// position counts through all of them, lines begin anew in each.
func (r Record) Place(part string) string {
	if part != "" && !r.Listed {
		return fmt.Sprintf("line %d of %s", r.Line, path.Base(part))
	}
	return Place(r.RowLine(), r.Position)
}

// RowLine is the number that a row keeps as its line: that of the record's line, or of itself where
// a whole list stands in one line.
func (r Record) RowLine() int64 {
	if r.Listed {
		return r.Position
	}
	return r.Line
}
