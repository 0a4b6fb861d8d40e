package simulator

import (
	"net/http"
	"strconv"
	"strings"
)

// retrieveMultiple answers a GET on an entity set.
func (c *call) retrieveMultiple(t *table) (*reply, *apiError) {
	return c.read("retrieveMultiple", t, c.list)
}

func (c *call) list(q *odataQuery) (*reply, *apiError) {
	if q.aliases["fetchXml"] != "" {
		return c.fetch(q)
	}
	if err := c.checkTracking(q); err != nil {
		return nil, err
	}
	if token := q.aliases["$deltatoken"]; token != "" {
		return c.changes(q, token)
	}
	if q.apply != "" {
		c.kind = "aggregate"
		return c.aggregate(q)
	}
	size := maxPage
	switch {
	case c.prefer.pageSize > 0:
		size = c.prefer.pageSize // and $top does not count
	case q.top > 0:
		size = q.top
	}
	from, err := parseSkipToken(q.token, size)
	if err != nil {
		return nil, err
	}
	rows, more, err := q.matches(from, size)
	if err != nil {
		return nil, err
	}
	if c.prefer.pageSize == 0 && q.top > 0 {
		more = false
	}
	return c.page(q, from, rows, more)
}

func (c *call) page(q *odataQuery, from pageStart, rows []uint32, more bool) (*reply, *apiError) {
	const usualRow = 200
	b := make([]byte, 0, len(rows)*usualRow+usualRow)
	b = append(b, `{"@odata.context":`...)
	b = appendQuoted(b, c.context(q.table.set+q.shape()))
	b, err := c.appendCount(b, q)
	if err != nil {
		return nil, err
	}
	b = c.appendRows(append(b, `,"value":[`...), q, rows)
	b = append(b, ']')
	switch {
	case more:
		b = append(b, `,"@odata.nextLink":`...)
		b = appendQuoted(b, c.nextLink(q, from.page, rows))
	case c.prefer.trackChanges:
		b = append(b, `,"@odata.deltaLink":`...)
		b = appendQuoted(b, c.deltaLink(q))
	}
	return c.json(http.StatusOK, append(b, '}')).with("Preference-Applied", c.prefer.appliedText()), nil
}

// appendRows writes rows with commas between them.
func (c *call) appendRows(b []byte, q *odataQuery, rows []uint32) []byte {
	w := c.rowWriter(q)
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = w.append(b, row)
	}
	return b
}

func (p *preferences) appliedText() string { return strings.Join(p.applied, ",") }

// shape is what the context says of the selection: (a,b) or nothing.
func (q *odataQuery) shape() string {
	if q.selectText == "" {
		return ""
	}
	names := properties(q.selected)
	for _, e := range q.expand {
		names = append(names, e.nav+"("+strings.Join(properties(e.selected), ",")+")")
	}
	return "(" + strings.Join(names, ",") + ")"
}

func properties(columns []*attribute) []string {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.property()
	}
	return names
}

const (
	totalCount    = "Microsoft.Dynamics.CRM.totalrecordcount"
	countExceeded = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"
)

// appendCount writes the count that was asked for, which never says more than 5,000.
func (c *call) appendCount(b []byte, q *odataQuery) ([]byte, *apiError) {
	count, exceeded := -1, false
	if q.count {
		rows, more, err := q.matches(pageStart{}, maxCount)
		if err != nil {
			return nil, err
		}
		count, exceeded = len(rows), more
		b = append(b, `,"@odata.count":`...)
		b = strconv.AppendInt(b, int64(count), 10)
	}
	if c.prefer.annotates(totalCount) {
		b = append(b, `,"@`+totalCount+`":`...)
		b = strconv.AppendInt(b, int64(count), 10)
	}
	if c.prefer.annotates(countExceeded) {
		b = append(b, `,"@`+countExceeded+`":`...)
		b = strconv.AppendBool(b, exceeded)
	}
	return b, nil
}

// read answers a GET that has query options: the rows stay as they are until it is answered.
func (c *call) read(kind string, t *table, answer func(*odataQuery) (*reply, *apiError)) (*reply, *apiError) {
	c.kind = kind
	if err := c.allowed("prvRead", t); err != nil {
		return nil, err
	}
	q, err := c.parseQuery(t)
	if err != nil {
		return nil, err
	}
	c.work(0)
	c.server.db.mu.RLock()
	defer c.server.db.mu.RUnlock()
	return answer(q)
}

// countRows answers /contacts/$count, which is capped too.
func (c *call) countRows(t *table) (*reply, *apiError) {
	return c.read("count", t, func(q *odataQuery) (*reply, *apiError) {
		rows, _, err := q.matches(pageStart{}, maxCount)
		if err != nil {
			return nil, err
		}
		r := &reply{status: http.StatusOK, body: strconv.AppendInt(nil, int64(len(rows)), 10)}
		return r.with("Content-Type", typeText).with("OData-Version", "4.0"), nil
	})
}

// retrieve answers a GET on one row.
func (c *call) retrieve(t *table, k rowKey) (*reply, *apiError) {
	return c.read("retrieve", t, func(q *odataQuery) (*reply, *apiError) {
		row, err := k.mustFind(t)
		if err != nil {
			return nil, err
		}
		tag := etag(t.versions[row])
		if c.condition("If-None-Match") == tag && len(q.expand) == 0 && len(c.prefer.annotations) == 0 {
			return &reply{status: http.StatusNotModified, header: [][2]string{{"ETag", tag}, {"OData-Version", "4.0"}}}, nil
		}
		return c.single(q, row, http.StatusOK), nil
	})
}

// single writes one row, as a GET and as return=representation.
func (c *call) single(q *odataQuery, row uint32, status int) *reply {
	b := append([]byte(nil), `{"@odata.context":`...)
	b = appendQuoted(b, c.context(q.table.set+q.shape()+"/$entity"))
	b = append(b, ',')
	b = append(b, c.rowWriter(q).append(nil, row)[1:]...)
	applied := c.prefer.appliedText()
	return c.json(status, b).with("ETag", etag(q.table.versions[row])).with("Preference-Applied", applied)
}

// property answers a GET on one property, as JSON or, with /$value, as text.
func (c *call) property(t *table, k rowKey, name string, raw bool) (*reply, *apiError) {
	c.kind = "retrieve"
	if err := c.allowed("prvRead", t); err != nil {
		return nil, err
	}
	column := t.byProperty[name]
	if column == nil {
		return nil, noSegment(name)
	}
	c.work(0)
	c.server.db.mu.RLock()
	defer c.server.db.mu.RUnlock()
	row, err := k.mustFind(t)
	if err != nil {
		return nil, err
	}
	v := column.get(t, row)
	switch {
	case !v.set:
		return noContent(), nil
	case raw:
		return (&reply{status: http.StatusOK, body: column.appendPlain(nil, v)}).with("Content-Type", typeText).with("OData-Version", "4.0"), nil
	}
	b := append([]byte(nil), `{"@odata.context":`...)
	b = appendQuoted(b, c.context(t.set+"("+t.ids[row].String()+")/"+name))
	b = append(b, `,"value":`...)
	b = column.appendJSON(b, v)
	return c.json(http.StatusOK, append(b, '}')), nil
}
