package simulator

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
)

// table holds the rows of one entity. The caller holds the database's lock: reading for reads,
// writing for changes.
type table struct {
	db                                    *database
	logical, schema, set, display, plural string
	primaryID, primaryName                string
	typeCode                              int
	id                                    guid
	keys                                  []alternateKey
	columns                               []*attribute
	byName                                map[string]*attribute // logical name
	byProperty                            map[string]*attribute // name in JSON
	byBind                                map[string]*attribute // navigation property

	ids                         []guid
	created, modified, versions []int64 // seconds since 1970; a version of 0 marks a deleted row
	modifiedBy                  []uint8
	rows                        map[guid]uint32
	free                        []uint32
	deleted                     []deletion

	orderLock sync.Mutex
	order     []uint32
	added     []uint32
	dirty     bool
}

// alternateKey is an alternate key.
type alternateKey struct {
	name    string
	columns []string
	id      guid
}

func (t *table) add(columns ...*attribute) {
	for _, c := range columns {
		c.number = len(t.columns) + 1
		c.id = generated(int64(t.typeCode), purposeMetadata, c.number)
		t.columns = append(t.columns, c)
		t.byName[c.name] = c
		t.byProperty[c.property()] = c
		for nav := range c.bind {
			t.byBind[nav] = c
		}
	}
}

func newTable(logical, schema, set, display, plural string, typeCode int) *table {
	return &table{
		logical: logical, schema: schema, set: set, display: display, plural: plural, typeCode: typeCode,
		primaryID: logical + "id", id: generated(int64(typeCode), purposeMetadata, 0),
		byName: map[string]*attribute{}, byProperty: map[string]*attribute{}, byBind: map[string]*attribute{},
		rows: map[guid]uint32{},
	}
}

// reserve makes room for n rows at once, so that loading a million does not copy them again and
// again.
func (t *table) reserve(n int) {
	t.ids = slices.Grow(t.ids, n)
	t.created, t.modified = slices.Grow(t.created, n), slices.Grow(t.modified, n)
	t.versions, t.modifiedBy = slices.Grow(t.versions, n), slices.Grow(t.modifiedBy, n)
	if len(t.rows) == 0 {
		t.rows = make(map[guid]uint32, n)
	}
}

func (t *table) count() int { return len(t.rows) }

func (t *table) find(id guid) (uint32, bool) {
	row, ok := t.rows[id]
	return row, ok
}

// insert adds an empty row. The id must be new.
func (t *table) insert(id guid) uint32 {
	var row uint32
	if n := len(t.free); n > 0 {
		row, t.free = t.free[n-1], t.free[:n-1]
		t.ids[row] = id
		t.dirty = true // the slot is still in the order, at its old place
	} else {
		row = uint32(len(t.ids))
		t.ids = append(t.ids, id)
		t.created, t.modified = append(t.created, 0), append(t.modified, 0)
		t.versions, t.modifiedBy = append(t.versions, 0), append(t.modifiedBy, 0)
	}
	t.versions[row] = 1
	t.rows[id] = row
	t.added = append(t.added, row)
	return row
}

func (t *table) remove(row uint32) {
	for _, c := range t.columns {
		if c.compute == nil {
			c.put(row, cell{})
		}
	}
	delete(t.rows, t.ids[row])
	t.versions[row] = 0
	t.modifiedBy[row] = 0
	t.free = append(t.free, row)
	t.dirty = true
}

// sorted gives all rows by primary key. It may be called under the reading lock: its own lock
// guards the rebuilding.
func (t *table) sorted() []uint32 {
	t.orderLock.Lock()
	defer t.orderLock.Unlock()
	if t.dirty {
		t.order, t.added = t.order[:0:0], t.added[:0]
		for _, row := range t.rows {
			t.added = append(t.added, row)
		}
		t.dirty = false
	}
	if len(t.added) > 0 {
		slices.SortFunc(t.added, t.compareIDs)
		t.order = t.merge(t.order, t.added)
		t.added = t.added[:0]
	}
	return t.order
}

func (t *table) compareIDs(a, b uint32) int {
	return bytes.Compare(t.ids[a][:], t.ids[b][:])
}

func (t *table) merge(a, b []uint32) []uint32 {
	merged := make([]uint32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if t.compareIDs(a[0], b[0]) < 0 {
			merged, a = append(merged, a[0]), a[1:]
			continue
		}
		merged, b = append(merged, b[0]), b[1:]
	}
	return append(append(merged, a...), b...)
}

// after gives the place in the order of the first row behind id.
func (t *table) after(order []uint32, id guid) int {
	i, found := slices.BinarySearchFunc(order, id, func(row uint32, id guid) int {
		return bytes.Compare(t.ids[row][:], id[:])
	})
	if found {
		return i + 1
	}
	return i
}

// text gives a text cell by logical name, "" when it is empty or there is no such column.
func (t *table) text(name string, row uint32) string {
	c, ok := t.byName[name]
	if !ok {
		return ""
	}
	return c.get(t, row).text
}

// byLogicalName orders columns as metadata lists them.
func byLogicalName(a, b *attribute) int { return cmp.Compare(a.name, b.name) }
