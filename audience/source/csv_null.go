package source

import (
	"strings"

	"audienceflow/audience"
)

// defaultNull is the word that AEP's exports and databases write for no value.
const defaultNull = "null"

// nullText are the words that mean no value in a cell without quotes.
type nullText struct {
	words   []string
	longest int
	// written tells that the activation file lists the words itself: they are
	// as good as empty cells.
	written bool
	found   []bool
}

func nullTextOf(s audience.Source) nullText {
	n := nullText{words: s.NullText, written: s.NullText != nil}
	if !n.written {
		n.words = []string{defaultNull}
	}
	for _, w := range n.words {
		n.longest = max(n.longest, len(w))
	}
	return n
}

// clear empties the cells that hold a word for no value. It gives which ones
// hold a word that nobody listed; nil for none.
func (n *nullText) clear(row csvRow) (unlisted []bool) {
	for i, cell := range row.fields {
		if row.quoted != nil && row.quoted[i] || !n.is(cell) {
			continue
		}
		row.fields[i] = ""
		if n.written {
			continue
		}
		if unlisted == nil {
			n.found = append(n.found[:0], make([]bool, len(row.fields))...)
			unlisted = n.found
		}
		unlisted[i] = true
	}
	return unlisted
}

func (n *nullText) is(cell string) bool {
	if cell == "" {
		return false
	}
	if first, last := cell[0], cell[len(cell)-1]; first == ' ' || last == ' ' {
		cell = strings.Trim(cell, " ")
	}
	if len(cell) > n.longest {
		return false
	}
	for _, w := range n.words {
		if strings.EqualFold(cell, w) {
			return true
		}
	}
	return false
}
