package store

import (
	"encoding/binary"
	"slices"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// pageRows is how many rows a page holds: as many as one batch sends, so that a page full of rows to be sent is a batch as it is.
const pageRows = 1000

// page is a stretch of a run's rows, in contact order, and what has become of them. Its rows never change, what becomes of them does;
// so the two are kept apart.
type page struct {
	run     string
	number  int
	rows    []pageRow
	columns []string // of before
}

// pageRow is one row of a page.
type pageRow struct {
	stagedRow
	outcome    string    // outcomeUndecided, runs.OutcomeRead ... or outcomeMoved
	toSend     bool      // it was pending when the run was planned
	overwrites bool      // the status column held a word that is not ours
	turning    bool      // from realized to exited, by the ledger
	notFound   bool      // failed in sending: Dynamics does not have the contact
	before     []*string // what Dynamics holds, until the row is sent; nil: not read

	flying bool // in flight for the batch that the page is; kept apart, in in_flight
}

// What a row can be beside the outcomes that everybody sees.
const (
	outcomeUndecided = ""
	outcomeMoved     = "moved" // into the page of a batch
)

// outcomeCodes are the outcomes as a page's state has them, in the lower bits of a byte for each row.
var outcomeCodes = [...]string{outcomeUndecided, runs.OutcomeRead, runs.OutcomePending, runs.OutcomeActivated, runs.OutcomeUnchanged, runs.OutcomeSuperseded, runs.OutcomeFailed, outcomeMoved}

const (
	codeBits = 1<<3 - 1

	stateToSend = 1 << iota << 2
	stateOverwrites
	stateTurning
	stateNotFound
)

// newPage makes a page of rows that nothing is decided about.
func newPage(run string, number int, rows []stagedRow) *page {
	p := &page{run: run, number: number, rows: make([]pageRow, len(rows))}
	for i, row := range rows {
		p.rows[i].stagedRow = row
	}
	return p
}

// first and last are its contacts at both ends; "" for a page that has lost all of its rows.
func (p *page) first() string { return p.contactAt(0) }
func (p *page) last() string  { return p.contactAt(len(p.rows) - 1) }

func (p *page) contactAt(i int) string {
	if len(p.rows) == 0 {
		return ""
	}
	return p.rows[i].Contact
}

// find gives the row of a contact, nil if there is none.
func (p *page) find(contact string) *pageRow {
	at, found := slices.BinarySearchFunc(p.rows, contact, func(r pageRow, contact string) int {
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
	return &p.rows[at]
}

// inFlight counts the rows in flight.
func (p *page) inFlight() (n int) {
	for i := range p.rows {
		n += int(sqldb.Bit(p.rows[i].flying))
	}
	return n
}

func (p *page) data() []byte {
	data := make([]byte, 0, 256*len(p.rows))
	for i := range p.rows {
		data = p.rows[i].encode(data)
	}
	return data
}

// state has a byte for each row, and then what Dynamics holds of those that are still to be sent.
func (p *page) state() []byte {
	state := make([]byte, 0, len(p.rows))
	for i := range p.rows {
		state = append(state, p.rows[i].code())
	}
	if !slices.ContainsFunc(p.rows, func(r pageRow) bool { return r.before != nil }) {
		return state
	}
	state = binary.AppendUvarint(state, uint64(len(p.columns)))
	for _, column := range p.columns {
		state = appendText(state, column)
	}
	for i := range p.rows {
		if before := p.rows[i].before; before != nil {
			state = appendBefore(binary.AppendUvarint(state, uint64(i)), before)
		}
	}
	return state
}

func (r *pageRow) code() byte {
	code := byte(slices.Index(outcomeCodes[:], r.outcome))
	return code | byte(sqldb.Bit(r.toSend)*stateToSend|sqldb.Bit(r.overwrites)*stateOverwrites|sqldb.Bit(r.turning)*stateTurning|sqldb.Bit(r.notFound)*stateNotFound)
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
func decodePage(run string, number int, data, state []byte) (*page, error) {
	p := &page{run: run, number: number, rows: make([]pageRow, 0, pageRows)}
	rows := newDecoder(data)
	slab := make([]StagedRow, 0, pageRows)
	for !rows.empty() {
		slab = append(slab, StagedRow{})
		row, err := rows.row(&slab[len(slab)-1])
		if err != nil {
			return nil, err
		}
		p.rows = append(p.rows, pageRow{stagedRow: row})
	}
	if len(state) < len(p.rows) {
		return nil, errDamaged
	}
	for i := range p.rows {
		p.rows[i].decode(state[i])
	}
	return p, p.decodeBefores(newDecoder(state[len(p.rows):]))
}

func (r *pageRow) decode(code byte) {
	r.outcome = outcomeCodes[code&codeBits]
	r.toSend, r.overwrites = code&stateToSend != 0, code&stateOverwrites != 0
	r.turning, r.notFound = code&stateTurning != 0, code&stateNotFound != 0
}

func (p *page) decodeBefores(d *decoder) error {
	if d.empty() {
		return nil
	}
	p.columns = make([]string, min(d.unsigned(), uint64(len(d.data))))
	for i := range p.columns {
		p.columns[i] = d.string()
	}
	for !d.empty() {
		at := d.unsigned()
		if d.bad || at >= uint64(len(p.rows)) {
			return errDamaged
		}
		p.rows[at].before = d.before(len(p.columns))
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
