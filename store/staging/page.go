package staging

import (
	"encoding/binary"
	"slices"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// PageRows is how many rows a page holds: as many as one batch sends, so that a page full of rows
// to be sent is a batch as it is.
const PageRows = 1000

// Page is a stretch of a run's rows, in contact order, and what has become of them. Its rows never
// change, what becomes of them does; so the two are kept apart.
type Page struct {
	Run     string
	Number  int
	Rows    []PageRow
	Columns []string // of before
}

// PageRow is one row of a page.
type PageRow struct {
	StoredRow
	Outcome    string    // outcomeUndecided, runs.OutcomeRead ... or outcomeMoved
	ToSend     bool      // it was pending when the run was planned
	Overwrites bool      // the status column held a word that is not ours
	Turning    bool      // from realized to exited, by the ledger
	NotFound   bool      // failed in sending: Dynamics does not have the contact
	HeldBack   bool      // it has a value that gives way to a newer source's
	Before     []*string // what Dynamics holds, until the row is sent; nil: not read

	InFlight bool // in flight for the batch that the page is; kept apart, in in_flight
}

// What a row can be beside the outcomes that everybody sees.
const (
	OutcomeUndecided = ""
	OutcomeMoved     = "moved" // into the page of a batch
)

// outcomeCodes are the outcomes as a page's state has them, in the lower bits of a byte for each
// row.
var outcomeCodes = [...]string{OutcomeUndecided, runs.OutcomeRead, runs.OutcomePending, runs.OutcomeActivated, runs.OutcomeUnchanged, runs.OutcomeSuperseded, runs.OutcomeFailed, OutcomeMoved}

const (
	codeBits = 1<<3 - 1

	stateToSend = 1 << iota << 2
	stateOverwrites
	stateTurning
	stateNotFound
	stateHeldBack
)

// newPage makes a page of rows that nothing is decided about.
func newPage(run string, number int, rows []StoredRow) *Page {
	p := &Page{Run: run, Number: number, Rows: make([]PageRow, len(rows))}
	for i, row := range rows {
		p.Rows[i].StoredRow = row
	}
	return p
}

// first and last are its contacts at both ends; "" for a page that has lost all of its rows.
func (p *Page) first() string { return p.contactAt(0) }
func (p *Page) last() string  { return p.contactAt(len(p.Rows) - 1) }

func (p *Page) contactAt(i int) string {
	if len(p.Rows) == 0 {
		return ""
	}
	return p.Rows[i].Contact
}

// Find gives the row of a contact, nil if there is none.
func (p *Page) Find(contact string) *PageRow {
	at, found := slices.BinarySearchFunc(p.Rows, contact, func(r PageRow, contact string) int {
		switch {
		case r.Contact < contact:
			return -1
		case r.Contact > contact:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return &p.Rows[at]
}

// CountInFlight counts the rows in flight.
func (p *Page) CountInFlight() (n int) {
	for i := range p.Rows {
		n += int(sqldb.Bit(p.Rows[i].InFlight))
	}
	return n
}

// ContactsOf lists the contacts of the rows that are meant.
func (p *Page) ContactsOf(meant func(r *PageRow) bool) []string {
	contacts := make([]string, 0, len(p.Rows))
	for i := range p.Rows {
		if meant(&p.Rows[i]) {
			contacts = append(contacts, p.Rows[i].Contact)
		}
	}
	return contacts
}

// Is tells whether this has become of the row.
func (r *PageRow) Is(outcome string) bool { return r.Outcome == outcome }

func (p *Page) data() []byte {
	data := make([]byte, 0, 256*len(p.Rows))
	for i := range p.Rows {
		data = p.Rows[i].encode(data)
	}
	return data
}

// state has a byte for each row, and then what Dynamics holds of those that are still to be sent.
func (p *Page) state() []byte {
	state := make([]byte, 0, len(p.Rows))
	for i := range p.Rows {
		state = append(state, p.Rows[i].code())
	}
	if !slices.ContainsFunc(p.Rows, func(r PageRow) bool { return r.Before != nil }) {
		return state
	}
	state = binary.AppendUvarint(state, uint64(len(p.Columns)))
	for _, column := range p.Columns {
		state = appendText(state, column)
	}
	for i := range p.Rows {
		if before := p.Rows[i].Before; before != nil {
			state = appendBefore(binary.AppendUvarint(state, uint64(i)), before)
		}
	}
	return state
}

func (r *PageRow) code() byte {
	code := byte(slices.Index(outcomeCodes[:], r.Outcome))
	return code | byte(sqldb.Bit(r.ToSend)*stateToSend|sqldb.Bit(r.Overwrites)*stateOverwrites|sqldb.Bit(r.Turning)*stateTurning|
		sqldb.Bit(r.NotFound)*stateNotFound|sqldb.Bit(r.HeldBack)*stateHeldBack)
}

const (
	beforeNull = 1 + iota
	beforeText // and longer: the text's length more
)

func appendBefore(to []byte, before []*string) []byte {
	for _, text := range before {
		if text == nil {
			to = append(to, beforeNull)
		} else {
			to = append(binary.AppendUvarint(to, uint64(beforeText+len(*text))), *text...)
		}
	}
	return to
}

// decodePage puts a page together from what data and state gave.
func decodePage(run string, number int, data, state []byte) (*Page, error) {
	p := &Page{Run: run, Number: number, Rows: make([]PageRow, 0, PageRows)}
	rows := newDecoder(data)
	slab := make([]Row, 0, PageRows)
	for !rows.empty() {
		slab = append(slab, Row{})
		row, err := rows.row(&slab[len(slab)-1])
		if err != nil {
			return nil, err
		}
		p.Rows = append(p.Rows, PageRow{StoredRow: row})
	}
	if len(state) < len(p.Rows) {
		return nil, errDamaged
	}
	for i := range p.Rows {
		p.Rows[i].decode(state[i])
	}
	return p, p.decodeBefores(newDecoder(state[len(p.Rows):]))
}

func (r *PageRow) decode(code byte) {
	r.Outcome = outcomeCodes[code&codeBits]
	r.ToSend, r.Overwrites = code&stateToSend != 0, code&stateOverwrites != 0
	r.Turning, r.NotFound, r.HeldBack = code&stateTurning != 0, code&stateNotFound != 0, code&stateHeldBack != 0
}

func (p *Page) decodeBefores(d *decoder) error {
	if d.empty() {
		return nil
	}
	p.Columns = make([]string, min(d.unsigned(), uint64(len(d.data))))
	for i := range p.Columns {
		p.Columns[i] = d.string()
	}
	for !d.empty() {
		at := d.unsigned()
		if d.bad || at >= uint64(len(p.Rows)) {
			return errDamaged
		}
		p.Rows[at].Before = d.before(len(p.Columns))
	}
	if d.bad {
		return errDamaged
	}
	return nil
}

func (d *decoder) before(columns int) []*string {
	before, texts := make([]*string, columns), make([]string, columns)
	for i := range before {
		switch size := d.unsigned(); {
		case size == beforeNull:
		case size < beforeText || d.bad || size-beforeText > uint64(len(d.data)-d.at):
			d.bad = true
			return nil
		default:
			end := d.at + int(size-beforeText)
			texts[i], d.at = d.text[d.at:end], end
			before[i] = &texts[i]
		}
	}
	return before
}
