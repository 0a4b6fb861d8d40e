package staging

import (
	"errors"
	"slices"
	"strings"
)

// blockRows is how many rows a block holds: a merge keeps one block of every chunk in memory, so
// that ten million records in chunks of 5,000 take 2,000 blocks of about 8 KiB.
const blockRows = 32

// beats reports whether a row overtakes another one of the same contact.
func (r *Row) beats(other *Row) bool {
	order := r.Key().Compare(other.Key())
	return order > 0 || order == 0 && r.Position > other.Position
}

// survivors are the rows of a chunk, one per contact, in contact order.
type survivors []StoredRow

// newest keeps the latest row of each contact.
func newest(rows []Row) survivors {
	s := make(survivors, 0, len(rows))
	at := make(map[string]int, len(rows))
	for i := range rows {
		row := &rows[i]
		n, seen := at[row.Contact]
		if !seen {
			at[row.Contact] = len(s)
			s = append(s, StoredRow{Row: row})
			continue
		}
		s[n].losers++
		if row.beats(s[n].Row) {
			s[n].Row = row
		}
	}
	slices.SortFunc(s, func(a, b StoredRow) int { return strings.Compare(a.Contact, b.Contact) })
	return s
}

// blocks gives the parameters of putBlocks.
func (s survivors) blocks(run string, segment int64) ([]any, error) {
	var args []any
	n := 0
	for rows := range slices.Chunk(s, blockRows) {
		var data []byte
		var losers int64
		for _, row := range rows {
			if row.Contact == "" {
				return nil, errors.New("a staged row needs a contact")
			}
			data = row.encode(data)
			losers += row.losers
		}
		args = append(args, run, segment, n, rows[len(rows)-1].Contact, len(rows), losers, data)
		n++
	}
	return args, nil
}
