package simulator

import (
	"net/http"
	"strings"
)

// begin opens the transaction of a call: its own, or the change set's.
func (c *call) begin() *tx {
	if c.tx != nil {
		c.tx.origin = c.origin()
		return c.tx
	}
	return c.server.db.begin(c.origin(), false)
}

func (c *call) origin() origin {
	return origin{kind: c.kind, headers: tracedHeaders(c.header), user: c.app.user}
}

// end commits or, when nothing may be changed, lets go. A change set does so itself.
func (c *call) end(x *tx, answer *apiError) *apiError {
	if c.tx != nil {
		return answer
	}
	if answer != nil {
		x.abandon()
		return answer
	}
	rows, err := x.commit()
	c.rows += rows
	if err != nil {
		return fail(http.StatusInternalServerError, codeUnexpected, "%s", err)
	}
	return nil
}

// tracedHeaders are the headers worth keeping with a write: what the client says of itself and of
// the request.
func tracedHeaders(h http.Header) map[string]string {
	var kept map[string]string
	for name, values := range h {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "mscrm.") && !strings.HasPrefix(lower, "x-ms-") && lower != "if-match" && lower != "prefer" && lower != "user-agent" {
			continue
		}
		if kept == nil {
			kept = map[string]string{}
		}
		kept[lower] = strings.Join(values, ", ")
	}
	return kept
}

// create answers a POST on an entity set.
func (c *call) create(t *table) (*reply, *apiError) {
	c.kind = "create"
	if err := c.allowed("prvCreate", t); err != nil {
		return nil, err
	}
	p, q, err := c.parseWrite(t)
	if err != nil {
		return nil, err
	}
	c.work(1)
	x := c.begin()
	id, err := c.createRow(x, p, p.rows[0])
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	return c.written(q, id, http.StatusCreated, true), nil
}

// parseWrite reads a row that is to be written, and what is to be shown of it afterwards.
func (c *call) parseWrite(t *table) (*payload, *odataQuery, *apiError) {
	p, err := c.parseRow(t, c.body)
	if err != nil {
		return nil, nil, err
	}
	q, err := c.parseQuery(t)
	return p, q, err
}

// createRow adds one row of a payload. Nothing is changed when it is refused.
func (c *call) createRow(x *tx, p *payload, r updateRow) (guid, *apiError) {
	id := r.id
	if !r.hasID {
		id = newGUID()
	}
	if _, taken := p.table.find(id); taken {
		return id, rowExists()
	}
	cells, err := c.resolve(p, r)
	if err != nil {
		return id, err
	}
	if err := c.duplicates(p.table, id, cells); err != nil {
		return id, err
	}
	if err := c.server.faults.inRows(c, p.table, []guid{id}); err != nil {
		return id, err
	}
	x.create(p.table, id, cells)
	return id, nil
}

// update answers a PATCH on a row: an update, or an upsert when nothing forbids it.
func (c *call) update(t *table, k rowKey) (*reply, *apiError) {
	c.kind = "update"
	p, q, err := c.parseWrite(t)
	if err != nil {
		return nil, err
	}
	c.work(1)
	x := c.begin()
	id, created, err := c.patchRow(x, p, k)
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return c.written(q, id, status, created), nil
}

func (c *call) patchRow(x *tx, p *payload, k rowKey) (id guid, created bool, answer *apiError) {
	t := p.table
	row, found := k.find(t)
	if err := c.preconditions(t, k, row, found); err != nil {
		return id, false, err
	}
	cells, err := c.resolve(p, p.rows[0])
	if err != nil {
		return id, false, err
	}
	if !found {
		id, err = c.insertByKey(x, t, k, cells)
		return id, true, err
	}
	if err := c.allowed("prvWrite", t); err != nil {
		return id, false, err
	}
	id = t.ids[row]
	if err := c.duplicates(t, id, cells); err != nil {
		return id, false, err
	}
	if err := c.server.faults.inRows(c, t, []guid{id}); err != nil {
		return id, false, err
	}
	x.update(t, row, cells)
	return id, false, nil
}

func (c *call) insertByKey(x *tx, t *table, k rowKey, cells []assignment) (guid, *apiError) {
	x.origin.kind = "upsert"
	c.kind = "upsert"
	if err := c.allowed("prvCreate", t); err != nil {
		return guid{}, err
	}
	id := k.id
	if !k.byID {
		id = newGUID()
		cells = append(k.assignments(), cells...)
	}
	if err := c.server.faults.inRows(c, t, []guid{id}); err != nil {
		return id, err
	}
	x.create(t, id, cells)
	return id, nil
}

// preconditions judges If-Match and If-None-Match against the row.
func (c *call) preconditions(t *table, k rowKey, row uint32, found bool) *apiError {
	match, none := c.condition("If-Match"), c.condition("If-None-Match")
	switch {
	case match != "" && !found:
		_, err := k.mustFind(t)
		return err
	case match != "" && match != "*" && match != etag(t.versions[row]):
		return staleVersion()
	case none == "*" && found:
		return rowExists()
	default:
		return nil
	}
}

// written answers a change: with the row when it was asked for, else with its address.
func (c *call) written(q *odataQuery, id guid, status int, created bool) *reply {
	t := q.table
	if c.prefer.representation {
		if c.tx == nil {
			c.server.db.mu.RLock()
			defer c.server.db.mu.RUnlock()
		}
		if row, ok := t.find(id); ok {
			c.prefer.applied = append(c.prefer.applied, "return=representation")
			return c.single(q, row, status).with("OData-EntityId", c.entityURL(t, id))
		}
	}
	r := noContent()
	if created || c.inBatch {
		r = r.with("Location", c.entityURL(t, id))
	}
	return r.with("OData-EntityId", c.entityURL(t, id))
}

// remove answers a DELETE on a row.
func (c *call) remove(t *table, k rowKey) (*reply, *apiError) {
	c.kind = "delete"
	if err := c.allowed("prvDelete", t); err != nil {
		return nil, err
	}
	c.work(1)
	x := c.begin()
	row, err := k.mustFind(t)
	if err == nil {
		err = c.preconditions(t, k, row, true)
	}
	if err == nil {
		x.delete(t, row)
	}
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	return noContent(), nil
}

// setProperty answers a PUT or DELETE on one property, and on a lookup's reference.
func (c *call) setProperty(t *table, k rowKey, name string) (*reply, *apiError) {
	c.kind = "update"
	if err := c.allowed("prvWrite", t); err != nil {
		return nil, err
	}
	cell, err := c.propertyCell(t, name)
	if err != nil {
		return nil, err
	}
	c.work(1)
	x := c.begin()
	row, err := k.mustFind(t)
	if err == nil {
		err = c.server.faults.inRows(c, t, []guid{t.ids[row]})
	}
	if err == nil {
		x.update(t, row, []assignment{cell})
	}
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	return noContent(), nil
}

func (c *call) propertyCell(t *table, name string) (assignment, *apiError) {
	column := t.byName[name]
	if column == nil || column.readOnly || column.kind == kindLookup || column.kind == kindID {
		return assignment{}, noSegment(name)
	}
	if column.secured {
		return assignment{}, securedColumn(t, column)
	}
	l := jsonLiteral{kind: literalNull}
	if c.method == http.MethodPut {
		found := false
		s := &scanner{data: trimBOM(c.body)}
		err := s.members(func(member []byte) error {
			v, err := s.value()
			if string(member) == "value" {
				l, found = v, true
			}
			return err
		})
		if err != nil || !found || !s.end() {
			return assignment{}, payloadError(t.set, "The property 'value' is missing in the payload")
		}
	}
	v, err := column.accept(t, l, &internedTexts{})
	return assignment{column, v}, err
}

// setReference answers a PUT or DELETE on <navigation property>/$ref.
func (c *call) setReference(t *table, k rowKey, nav string) (*reply, *apiError) {
	c.kind = "update"
	if err := c.allowed("prvWrite", t); err != nil {
		return nil, err
	}
	column := t.byBind[nav]
	if column == nil || column.readOnly {
		return nil, noSegment(nav)
	}
	b := bind{column: column, nav: nav}
	if c.method == http.MethodPut {
		if b.url = referenceIn(c.body); b.url == "" {
			return nil, payloadError(t.set, "The annotation '@odata.id' is missing in the payload")
		}
	}
	c.work(1)
	x := c.begin()
	row, err := k.mustFind(t)
	if err == nil {
		var v cell
		if v, err = c.reference(t, b); err == nil {
			x.update(t, row, []assignment{{column, v}})
		}
	}
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	return noContent(), nil
}

// resolve gives the cells of a row with its lookups found.
func (c *call) resolve(p *payload, r updateRow) ([]assignment, *apiError) {
	cells := p.assignments(r)
	if len(r.binds) == 0 {
		return cells, nil
	}
	cells = append([]assignment(nil), cells...)
	for _, b := range r.binds {
		v, err := c.reference(p.table, b)
		if err != nil {
			return nil, err
		}
		if !b.column.readOnly {
			cells = append(cells, assignment{b.column, v})
		}
	}
	return cells, nil
}

// reference reads the address of a row: absolute, from the root, relative to the API, or $1 in a
// change set.
func (c *call) reference(t *table, b bind) (cell, *apiError) {
	if b.url == "" {
		return cell{}, nil
	}
	url := b.url
	if made, ok := c.refs[strings.TrimPrefix(url, "$")]; ok && strings.HasPrefix(url, "$") {
		url = made
	}
	if _, behind, found := strings.Cut(url, "/api/data/"); found {
		_, url, _ = strings.Cut(behind, "/")
	}
	segments := splitPath(unescape(strings.TrimPrefix(url, "/")))
	logical := b.column.bind[b.nav]
	other := c.server.db.byLogical(logical)
	if len(segments) != 1 || !segments[0].call || other != nil && segments[0].name != other.set {
		return cell{}, payloadError(t.set, "The URI '"+b.url+"' is not a valid reference for the navigation property '"+b.nav+"'.")
	}
	ref := uint8(1)
	for i, target := range b.column.targets {
		if target == logical {
			ref = uint8(i + 1)
		}
	}
	if other == nil { // currencies and users: known by id alone
		id, ok := parseGUID(segments[0].args)
		if !ok {
			return cell{}, payloadError(t.set, "The URI '"+b.url+"' holds no valid key.")
		}
		return cell{set: true, ref: ref, id: id}, nil
	}
	k, err := other.parseKey(segments[0].args)
	if err != nil {
		return cell{}, err
	}
	row, err := k.mustFind(other)
	if err != nil {
		return cell{}, err
	}
	return cell{set: true, ref: ref, id: other.ids[row]}, nil
}
