package simulator

import (
	"slices"
	"sync"
	"time"
)

// database holds the tables. One lock serves all: a change is milliseconds of work, and one lock
// makes a request with several changes atomic.
type database struct {
	mu       sync.RWMutex
	contacts *table
	accounts *table
	tables   map[string]*table // by entity set name
	version  int64
	journal  *journal // nil when nothing is kept
	history  history
	now      func() time.Time
}

// firstVersion is where row versions begin: six digits, as in an environment that has lived a
// while.
const firstVersion = 100000

func newDatabase(now func() time.Time) *database {
	d := &database{contacts: newContactTable(), accounts: newAccountTable(), version: firstVersion, now: now}
	d.tables = map[string]*table{d.contacts.set: d.contacts, d.accounts.set: d.accounts}
	d.contacts.db, d.accounts.db = d, d
	return d
}

// inOrder gives the tables as metadata lists them.
func (d *database) inOrder() []*table { return []*table{d.accounts, d.contacts} }

// byLogical finds a table by its logical name, nil when there is none.
func (d *database) byLogical(name string) *table {
	for _, t := range d.tables {
		if t.logical == name {
			return t
		}
	}
	return nil
}

// origin says who changes rows and by what request; it ends up in the history of writes.
type origin struct {
	kind    string
	headers map[string]string
	user    uint8
	hidden  bool // a change behind the client's back: not a write of the client's
}

// tx is a change of the database under its lock. It ends with commit or rollback.
type tx struct {
	db         *database
	origin     origin
	at         time.Time
	reversible bool
	undo       []func()
	log        []byte
	writes     []write
	rows       int
	columns    []string
	last       []assignment
}

// begin takes the database's lock. Only a reversible transaction can be rolled back; the others
// check before they change anything, since remembering old values costs.
func (d *database) begin(o origin, reversible bool) *tx {
	d.mu.Lock()
	return &tx{db: d, origin: o, at: d.now(), reversible: reversible}
}

// commit makes the changes last and gives how many rows were written.
func (x *tx) commit() (int, error) {
	defer x.db.mu.Unlock()
	x.db.history.add(x.writes)
	if x.db.journal == nil || len(x.log) == 0 {
		return x.rows, nil
	}
	return x.rows, x.db.journal.append(x.log)
}

// abandon ends a transaction that changed nothing.
func (x *tx) abandon() { x.db.mu.Unlock() }

func (x *tx) rollback() {
	for _, undo := range slices.Backward(x.undo) {
		undo()
	}
	if x.db.journal != nil {
		x.db.journal.forget()
	}
	x.db.mu.Unlock()
}

// create adds a row that must not exist yet.
func (x *tx) create(t *table, id guid, cells []assignment) uint32 {
	row := t.insert(id)
	t.created[row] = x.at.Unix()
	if x.reversible {
		x.undo = append(x.undo, func() { t.remove(row) })
	}
	x.set(t, row, cells)
	return row
}

// update sets columns of a row.
func (x *tx) update(t *table, row uint32, cells []assignment) {
	if x.reversible {
		x.remember(t, row, cells)
	}
	x.set(t, row, cells)
}

func (x *tx) set(t *table, row uint32, cells []assignment) {
	for i := range cells {
		cells[i].column.put(row, cells[i].value)
	}
	x.db.version++
	t.versions[row] = x.db.version
	t.modified[row] = x.at.Unix()
	t.modifiedBy[row] = x.origin.user
	x.rows++
	x.record(t, t.ids[row], cells)
	if x.db.journal != nil {
		x.log = x.db.journal.appendPut(x.log, t, row, cells)
	}
}

func (x *tx) remember(t *table, row uint32, cells []assignment) {
	old := make([]assignment, len(cells))
	for i, a := range cells {
		old[i] = assignment{a.column, a.column.stored(row)}
	}
	version, modified, by := t.versions[row], t.modified[row], t.modifiedBy[row]
	x.undo = append(x.undo, func() {
		for _, a := range old {
			a.column.put(row, a.value)
		}
		t.versions[row], t.modified[row], t.modifiedBy[row] = version, modified, by
	})
}

func (x *tx) delete(t *table, row uint32) {
	id := t.ids[row]
	if x.reversible {
		x.undo = append(x.undo, x.restore(t, row, id))
	}
	t.remove(row)
	x.db.version++
	t.deleted = append(t.deleted, deletion{id, x.db.version})
	x.rows++
	x.record(t, id, nil)
	if x.db.journal != nil {
		x.log = x.db.journal.appendDelete(x.log, t, id)
	}
}

func (x *tx) restore(t *table, row uint32, id guid) func() {
	var old []assignment
	for _, c := range t.columns {
		if c.compute == nil {
			old = append(old, assignment{c, c.stored(row)})
		}
	}
	created, modified, version, by := t.created[row], t.modified[row], t.versions[row], t.modifiedBy[row]
	return func() {
		t.deleted = t.deleted[:len(t.deleted)-1]
		row := t.insert(id)
		for _, a := range old {
			a.column.put(row, a.value)
		}
		t.created[row], t.modified[row], t.versions[row], t.modifiedBy[row] = created, modified, version, by
	}
}

// record notes the write in the history; equal lists of columns are one list, since most requests
// set the same ones.
func (x *tx) record(t *table, id guid, cells []assignment) {
	if x.origin.hidden || t != x.db.contacts {
		return
	}
	if x.columns == nil || !sameColumns(x.last, cells) {
		x.columns = make([]string, len(cells))
		for i, a := range cells {
			x.columns[i] = a.column.name
		}
		x.last = cells
	}
	x.writes = append(x.writes, write{at: x.at, id: id, columns: x.columns, kind: x.origin.kind, headers: x.origin.headers})
}

func sameColumns(a, b []assignment) bool {
	return slices.EqualFunc(a, b, func(x, y assignment) bool { return x.column == y.column })
}
