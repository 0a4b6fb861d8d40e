package simulator

import (
	"net/http"
)

// bulk answers CreateMultiple, UpdateMultiple and UpsertMultiple: one transaction, all rows or none
// (https://learn.microsoft.com/power-apps/developer/data-platform/bulk-operations).
func (c *call) bulk(t *table, message string) (*reply, *apiError) {
	c.kind = message
	if c.server.options.NoUpdateMultiple {
		return nil, fail(http.StatusNotFound, codeNone, "Entity '%s' does not support the message '%s'.", t.logical, message)
	}
	if err := c.bulkPrivileges(t, message); err != nil {
		return nil, err
	}
	p, err := c.parseTargets(t, c.body)
	if err != nil {
		return nil, err
	}
	if err := p.checkTypes(); err != nil {
		return nil, err
	}
	c.work(len(p.rows))
	if err := c.server.faults.slowQuery(c, len(p.rows)); err != nil {
		return nil, err
	}
	switch message {
	case "CreateMultiple":
		return c.createMultiple(p)
	case "UpdateMultiple":
		return c.updateMultiple(p)
	default:
		return c.upsertMultiple(p)
	}
}

func (c *call) bulkPrivileges(t *table, message string) *apiError {
	var needed []string
	if message != "UpdateMultiple" {
		needed = append(needed, "prvCreate")
	}
	if message != "CreateMultiple" {
		needed = append(needed, "prvWrite")
	}
	for _, privilege := range needed {
		if err := c.allowed(privilege, t); err != nil {
			return err
		}
	}
	return nil
}

func (p *payload) checkTypes() *apiError {
	for i := range p.rows {
		if !p.rows[i].typed {
			return payloadError(p.table.set, "A resource was found with no type specified: '@odata.type' is required on each item of 'Targets'.")
		}
	}
	return nil
}

func (c *call) updateMultiple(p *payload) (*reply, *apiError) {
	x := c.begin()
	err := c.updateRows(x, p)
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	return noContent(), nil
}

// updateRows checks all rows before it changes the first one. Of several rows with one id only the
// first counts: the service silently ignores the others.
func (c *call) updateRows(x *tx, p *payload) *apiError {
	t := p.table
	rows := make([]uint32, len(p.rows))
	ids := make([]guid, len(p.rows))
	cells := make([][]assignment, len(p.rows))
	for i, r := range p.rows {
		if !r.hasID {
			return fail(http.StatusBadRequest, codeInvalidArgument, "Entity Id must be specified for Operation")
		}
		row, found := t.find(r.id)
		if !found {
			return rowsMissing(t, r.id)
		}
		resolved, err := c.resolve(p, r)
		if err != nil {
			return err
		}
		rows[i], ids[i], cells[i] = row, r.id, resolved
	}
	if err := c.server.faults.inRows(c, t, ids); err != nil {
		return err
	}
	seen := make(map[uint32]struct{}, len(rows))
	for i, row := range rows {
		if _, again := seen[row]; again {
			continue
		}
		seen[row] = struct{}{}
		x.update(t, row, cells[i])
	}
	return nil
}

func (c *call) createMultiple(p *payload) (*reply, *apiError) {
	x := c.begin()
	ids, err := c.createRows(x, p)
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	b := append([]byte(nil), `{"@odata.context":`...)
	b = appendQuoted(b, c.context("Microsoft.Dynamics.CRM.CreateMultipleResponse"))
	b = append(b, `,"Ids":`...)
	b = appendList(b, len(ids), func(b []byte, i int) []byte { return appendQuoted(b, ids[i].String()) })
	return c.json(http.StatusOK, append(b, '}')), nil
}

func (c *call) createRows(x *tx, p *payload) ([]guid, *apiError) {
	t := p.table
	ids := make([]guid, len(p.rows))
	cells := make([][]assignment, len(p.rows))
	taken := map[guid]bool{}
	for i, r := range p.rows {
		ids[i] = r.id
		if !r.hasID {
			ids[i] = newGUID()
		}
		if _, exists := t.find(ids[i]); exists || taken[ids[i]] {
			return nil, rowExists()
		}
		taken[ids[i]] = true
		resolved, err := c.resolve(p, r)
		if err != nil {
			return nil, err
		}
		cells[i] = resolved
	}
	if err := c.server.faults.inRows(c, t, ids); err != nil {
		return nil, err
	}
	for i, id := range ids {
		x.create(t, id, cells[i])
	}
	return ids, nil
}

// upsertRow is what is to be done with one row of an UpsertMultiple.
type upsertRow struct {
	row   uint32
	found bool
	id    guid
	cells []assignment
}

func (c *call) upsertMultiple(p *payload) (*reply, *apiError) {
	x := c.begin()
	plan, err := c.planUpserts(p)
	if err == nil {
		for _, u := range plan {
			if u.found {
				x.update(p.table, u.row, u.cells)
				continue
			}
			x.create(p.table, u.id, u.cells)
		}
	}
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	return noContent(), nil
}

// planUpserts decides each row; two rows with one key are an error here.
func (c *call) planUpserts(p *payload) ([]upsertRow, *apiError) {
	plan := make([]upsertRow, len(p.rows))
	ids := make([]guid, len(p.rows))
	seen := map[string]bool{}
	for i, r := range p.rows {
		u, name, err := c.planUpsert(p, r)
		if err != nil {
			return nil, err
		}
		if name != "" && seen[name] {
			return nil, fail(http.StatusBadRequest, codeInvalidArgument, "Duplicate keys in the Targets of UpsertMultiple are not allowed.")
		}
		seen[name] = true
		plan[i], ids[i] = u, u.id
	}
	return plan, c.server.faults.inRows(c, p.table, ids)
}

func (c *call) planUpsert(p *payload, r updateRow) (u upsertRow, name string, answer *apiError) {
	k := rowKey{id: r.id, byID: r.hasID}
	if r.key != "" {
		segments := splitPath(unescape(afterAPI(r.key)))
		if len(segments) != 1 || segments[0].name != p.table.set {
			return u, "", payloadError(p.table.set, "The annotation '@odata.id' holds no valid key: '"+r.key+"'.")
		}
		var err *apiError
		if k, err = p.table.parseKey(segments[0].args); err != nil {
			return u, "", err
		}
	}
	cells, err := c.resolve(p, r)
	if err != nil {
		return u, "", err
	}
	u.cells = cells
	switch {
	case k.byID:
		u.id, name = k.id, k.id.String()
	case k.shape != nil:
		u.id, name = newGUID(), r.key
	default:
		u.id = newGUID()
		return u, "", nil
	}
	if u.row, u.found = k.find(p.table); u.found {
		u.id = p.table.ids[u.row]
	} else if k.shape != nil {
		u.cells = append(k.assignments(), cells...)
	}
	return u, name, nil
}
