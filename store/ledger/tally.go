package ledger

import (
	"slices"

	"audienceflow/store/sqldb"
)

// tally counts the exported contacts of a leaf, or of a ledger, by word and status: what a leaf
// keeps of it spares those who want the numbers alone from going through all contacts. Kept as
// [["word" or null, exited, contacts], ...], or [].
type tally []ExportedCount

func (t *tally) add(more ExportedCount) {
	at := slices.IndexFunc(*t, func(c ExportedCount) bool { return c.Exited == more.Exited && Equal(c.Word, more.Word) })
	if at < 0 {
		*t = append(*t, more)
		return
	}
	(*t)[at].Contacts += more.Contacts
}

func (t tally) text() string {
	text := []byte{'['}
	for _, c := range t {
		if c.Contacts == 0 {
			continue
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = appendWord(append(text, '['), c.Word)
		text = append(appendNumber(appendNumber(text, sqldb.Bit(c.Exited)), c.Contacts), ']')
	}
	return string(append(text, ']'))
}

// read adds what a leaf has kept.
func (t *tally) read(text string, times int64) error {
	s := &scanner{text: text}
	s.pass('[')
	for first := true; !s.bad && !s.next(']'); first = false {
		if !first {
			s.pass(',')
		}
		s.pass('[')
		c := ExportedCount{Word: s.word(), Exited: s.number() != 0, Contacts: s.number() * times}
		s.pass(']')
		t.add(c)
	}
	s.pass(']')
	return s.err()
}

// recount gives the tally of a leaf in which one entry has taken the place of another.
func recount[T any, E entryOf[T]](kept string, before, after *T) (string, error) {
	var t tally
	if err := t.read(kept, 1); err != nil {
		return "", err
	}
	E(before).count(&t, -1)
	E(after).count(&t, 1)
	return t.text(), nil
}
