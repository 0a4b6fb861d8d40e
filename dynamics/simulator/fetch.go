package simulator

import (
	"net/http"
	"slices"
	"strconv"

	"audienceflow/dynamics/simulator/fetchxml"
)

const (
	fetchCookie = "Microsoft.Dynamics.CRM.fetchxmlpagingcookie"
	moreRecords = "Microsoft.Dynamics.CRM.morerecords"
)

func notFetched(what string) *apiError {
	return fail(http.StatusNotImplemented, codeNone, "FetchXML is simulated in part only, without %s.", what)
}

// maxFetchPage bounds the number of a page, so that places in the order can be reckoned with.
const maxFetchPage = 1_000_000_000

// fetch answers a query in FetchXML of one table: columns, conditions, order and pages
// (https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/retrieve-data).
func (c *call) fetch(q *odataQuery) (*reply, *apiError) {
	f, rows, more, err := q.fetched(q.aliases["fetchXml"])
	if err != nil {
		return nil, err
	}
	return c.fetchPage(q, f, rows, more)
}

// fetched reads the query and gives its rows. more says whether there is another page.
func (q *odataQuery) fetched(text string) (f fetchxml.Query, rows []uint32, more bool, answer *apiError) {
	f, err := fetchxml.Parse(text)
	switch {
	case err != nil:
		return f, nil, false, badRequest("Invalid XML: %s.", err)
	case f.Entity.Name != q.table.logical:
		return f, nil, false, badRequest("Entity name in the FetchXML is '%s', that of the URL '%s'.", f.Entity.Name, q.table.logical)
	case f.Aggregate:
		return f, nil, false, notFetched("aggregates")
	case len(f.Entity.Links) > 0:
		return f, nil, false, notFetched("link-entity")
	}
	if answer = q.takeFetch(f.Entity); answer != nil {
		return f, nil, false, answer
	}
	size := maxPage
	for _, n := range []int{f.Count, f.Top} {
		if n > 0 {
			size = min(n, maxPage)
		}
	}
	f.Page = max(1, min(f.Page, maxFetchPage))
	rows, more, answer = q.matches(pageStart{skip: (f.Page - 1) * size}, size)
	q.count = f.WithTotal
	return f, rows, more && f.Top == 0, answer
}

func (c *call) fetchPage(q *odataQuery, f fetchxml.Query, rows []uint32, more bool) (*reply, *apiError) {
	b := appendQuoted([]byte(`{"@odata.context":`), c.context(q.table.set+q.shape()))
	b, err := c.appendCount(b, q)
	if err != nil {
		return nil, err
	}
	if c.prefer.annotates(moreRecords) {
		b = strconv.AppendBool(append(b, `,"@`+moreRecords+`":`...), more)
	}
	if more && c.prefer.annotates(fetchCookie) {
		b = appendQuoted(append(b, `,"@`+fetchCookie+`":`...), q.table.cookie(f.Page, rows))
	}
	b = c.appendRows(append(b, `,"value":[`...), q, rows)
	return c.json(http.StatusOK, append(b, `]}`...)).with("Preference-Applied", c.prefer.appliedText()), nil
}

// takeFetch makes of an entity what a query of OData would have been.
func (q *odataQuery) takeFetch(e fetchxml.Entity) *apiError {
	for _, a := range e.Attributes {
		column, err := q.table.fetched(a.Name)
		if err != nil {
			return err
		}
		if !slices.Contains(q.selected, column) {
			q.selected = append(q.selected, column)
		}
		q.selectText = a.Name
	}
	if e.All != nil {
		q.selected, q.selectText = nil, ""
	}
	for _, o := range e.Orders {
		column, err := q.table.fetched(o.Attribute)
		if err != nil {
			return err
		}
		q.order = append(q.order, ordering{q.table.fieldOf(column), o.Descending})
	}
	if len(q.order) == 0 { // pages are counted, not followed: they need an order
		q.order = []ordering{{f: q.table.fieldOf(q.table.byName[q.table.primaryID])}}
	}
	n, err := q.table.fetchFilter(fetchxml.Filter{Filters: e.Filters})
	q.filter = n
	return err
}

// fetched finds a column by its logical name, also a lookup.
func (t *table) fetched(name string) (*attribute, *apiError) {
	if c := t.byName[name]; c != nil {
		return c, nil
	}
	e := noAttribute(t, name)
	e.status = http.StatusBadRequest
	return nil, e
}

// fetchFilter gives nil for a filter without conditions.
func (t *table) fetchFilter(f fetchxml.Filter) (*node, *apiError) {
	n := &node{op: "and"}
	if f.Type == "or" {
		n.op = "or"
	}
	for _, condition := range f.Conditions {
		arg, err := t.fetchCondition(condition)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, arg)
	}
	for _, inner := range f.Filters {
		arg, err := t.fetchFilter(inner)
		if err != nil {
			return nil, err
		}
		if arg != nil {
			n.args = append(n.args, arg)
		}
	}
	if len(n.args) == 0 {
		return nil, nil
	}
	return n, nil
}
