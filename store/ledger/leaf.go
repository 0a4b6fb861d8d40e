package ledger

import (
	"slices"
	"strings"

	"audienceflow/store/sqldb"
)

// leafRows is how many contacts a leaf holds at most: a larger one costs less for each contact of a
// large run, a smaller one for a run, or a stream, that touches a contact here and there.
const leafRows = 32

// leaf is a stretch of a ledger, as it is kept in one row: all contacts from first up to the next
// leaf's.
type leaf[T any] struct {
	first   string // "" for the first leaf of a ledger
	packed  string // as it is kept, until somebody needs all of it
	rows    []row[T]
	changed bool

	contacts int64  // of a packed one
	counts   string // its tally
}

type row[T any] struct {
	contact string
	entry   T
}

// entryOf is what a ledger knows of a contact, and how its leaf has it.
type entryOf[T any] interface {
	*T
	appendTo(to []byte) []byte
	readFrom(s *scanner)
	count(t *tally, n int64)
}

// leaves are the leaves of one ledger that some contacts belong to, in order.
type leaves[T any, E entryOf[T]] struct {
	all []*leaf[T]
	at  int // the leaf that was asked for last: contacts are mostly asked for in their order
	row int // after the one found last

	name []byte // of a contact in a packed leaf
}

// of gives the leaf of one of these contacts: the last that does not begin after it. nil if the
// ledger has none.
func (l *leaves[T, E]) of(contact string) *leaf[T] {
	if l.at < len(l.all) && l.all[l.at].first <= contact && (l.at+1 == len(l.all) || l.all[l.at+1].first > contact) {
		return l.all[l.at]
	}
	next, found := slices.BinarySearchFunc(l.all, contact, func(one *leaf[T], contact string) int { return strings.Compare(one.first, contact) })
	if !found {
		next--
	}
	if next < 0 {
		return nil
	}
	l.at, l.row = next, 0
	return l.all[next]
}

// search gives the place of one of these contacts in its leaf.
func (l *leaves[T, E]) search(one *leaf[T], contact string) (at int, found bool) {
	if l.row < len(one.rows) && one.rows[l.row].contact == contact {
		at, found = l.row, true
	} else {
		at, found = slices.BinarySearchFunc(one.rows, contact, func(r row[T], contact string) int { return strings.Compare(r.contact, contact) })
	}
	l.row = at + int(sqldb.Bit(found))
	return at, found
}

// find gives what the ledger knows of one of these contacts, nil for nothing. It holds until the
// next put or remove.
func (l *leaves[T, E]) find(contact string) (*T, error) {
	one := l.of(contact)
	if one == nil {
		return nil, nil
	}
	if one.packed != "" {
		_, _, entry, err := l.unpack(one, contact)
		return entry, err
	}
	if at, found := l.search(one, contact); found {
		return &one.rows[at].entry, nil
	}
	return nil, nil
}

// put notes what the ledger will know of one of these contacts.
func (l *leaves[T, E]) put(contact string, entry T) error {
	one := l.of(contact)
	if one == nil {
		one = &leaf[T]{}
		l.all = slices.Insert(l.all, 0, one)
		l.at, l.row = 0, 0
	}
	one.changed = true
	if one.packed != "" {
		from, to, held, err := l.unpack(one, contact)
		if err != nil {
			return err
		}
		if held != nil {
			one.counts, err = recount[T, E](one.counts, held, &entry)
			one.packed = one.packed[:from] + string(appendRow[T, E](nil, contact, &entry)) + one.packed[to:]
			return err
		}
		if err := open[T, E](one); err != nil {
			return err
		}
	}
	at, found := l.search(one, contact)
	if found {
		one.rows[at].entry = entry
		return nil
	}
	one.rows = slices.Insert(one.rows, at, row[T]{contact, entry})
	l.row = at + 1
	return nil
}

// remove takes one of these contacts out of the ledger; false if it is not there.
func (l *leaves[T, E]) remove(contact string) (found bool, err error) {
	one := l.of(contact)
	if one == nil {
		return false, nil
	}
	if err := open[T, E](one); err != nil {
		return false, err
	}
	at, found := l.search(one, contact)
	if found {
		one.rows = slices.Delete(one.rows, at, at+1)
	}
	// A leaf that is named after a contact which it does not have gets another name as it is
	// written.
	one.changed = one.changed || found || one.first == contact
	l.row = at
	return found, nil
}

// unpack reads one contact's entry of a packed leaf, and where it stands; nil if there is none.
func (l *leaves[T, E]) unpack(one *leaf[T], contact string) (from, to int, entry *T, err error) {
	l.name = append(appendString(append(l.name[:0], '['), contact), ',')
	from = strings.Index(one.packed, string(l.name))
	if from < 0 {
		return 0, 0, nil, nil
	}
	s := &scanner{text: one.packed, at: from}
	row := readRow[T, E](s)
	return from, s.at, &row.entry, s.err()
}

// open reads all of a packed leaf.
func open[T any, E entryOf[T]](one *leaf[T]) error {
	if one.packed == "" {
		return nil
	}
	one.rows = make([]row[T], 0, max(one.contacts, leafRows))
	s := &scanner{text: one.packed}
	for s.pass('['); !s.bad && !s.next(']'); {
		if len(one.rows) > 0 {
			s.pass(',')
		}
		one.rows = append(one.rows, readRow[T, E](s))
	}
	one.packed = ""
	return s.err()
}

func readRow[T any, E entryOf[T]](s *scanner) (row row[T]) {
	s.pass('[')
	row.contact = s.string()
	E(&row.entry).readFrom(s)
	s.pass(']')
	return row
}

func appendRow[T any, E entryOf[T]](to []byte, contact string, entry *T) []byte {
	return append(E(entry).appendTo(appendString(append(to, '['), contact)), ']')
}

// pack puts the rows of a leaf together.
func pack[T any, E entryOf[T]](one *leaf[T]) {
	text := make([]byte, 0, 192*len(one.rows))
	var counts tally
	for i := range one.rows {
		row := &one.rows[i]
		text = appendRow[T, E](append(text, ','), row.contact, &row.entry)
		E(&row.entry).count(&counts, 1)
	}
	text[0] = '['
	one.contacts, one.counts = int64(len(one.rows)), counts.text()
	one.packed, one.rows = string(append(text, ']')), nil
}

// parts cuts a leaf that has grown into as few as hold its rows, equally long.
func (one *leaf[T]) parts() []*leaf[T] {
	n := (len(one.rows) + leafRows - 1) / leafRows
	parts := make([]*leaf[T], n)
	for i := range parts {
		rows := one.rows[len(one.rows)*i/n : len(one.rows)*(i+1)/n]
		parts[i] = &leaf[T]{first: rows[0].contact, rows: rows}
	}
	if n > 0 {
		parts[0].first = one.first
	}
	return parts
}
