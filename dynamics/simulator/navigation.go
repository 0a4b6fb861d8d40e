package simulator

import (
	"net/http"
)

// collections names the one-to-many navigation properties that lead to contacts, and the way back
// from there.
var collections = map[string]map[string]string{
	"account": {"contact_customer_accounts": "parentcustomerid_account"},
	"contact": {"contact_customer_contacts": "parentcustomerid_contact"},
}

// related answers a GET on <row>/<collection>: the contacts that point to the row.
func (c *call) related(t *table, k rowKey, nav, back string) (*reply, *apiError) {
	contacts := c.server.db.contacts
	return c.read("retrieveMultiple", contacts, func(q *odataQuery) (*reply, *apiError) {
		row, err := k.mustFind(t)
		if err != nil {
			return nil, err
		}
		id := t.ids[row].String()
		own, err := parseFilter(contacts.byBind[back].property()+" eq "+id, nil)
		if err != nil {
			return nil, err
		}
		if q.filter != nil {
			own = &node{op: "and", args: []*node{own, q.filter}}
		}
		q.filter, q.path = own, t.set+"("+id+")/"+nav
		return c.list(q)
	})
}

// relatedReferences answers a GET on <row>/<collection>/$ref: their addresses alone.
func (c *call) relatedReferences(t *table, k rowKey, back string) (*reply, *apiError) {
	contacts := c.server.db.contacts
	return c.read("retrieveMultiple", contacts, func(*odataQuery) (*reply, *apiError) {
		row, err := k.mustFind(t)
		if err != nil {
			return nil, err
		}
		column, references := contacts.byBind[back], []object{}
		for _, at := range contacts.sorted() {
			if v := column.get(contacts, at); v.set && v.id == t.ids[row] {
				references = append(references, object{{"@odata.id", c.entityURL(contacts, contacts.ids[at])}})
			}
		}
		return c.json(http.StatusOK, appendAny(nil, object{{"@odata.context", c.context("Collection($ref)")}, {"value", references}})), nil
	})
}

// follow answers a GET on a row's single-valued navigation property: the row that it leads to.
func (c *call) follow(t *table, k rowKey, nav string) (*reply, *apiError) {
	column := t.byBind[nav]
	other := c.server.db.byLogical(column.bind[nav])
	if other == nil {
		return nil, badRequest("The navigation property '%s' cannot be followed here.", nav)
	}
	return c.read("retrieve", other, func(q *odataQuery) (*reply, *apiError) {
		id, leads, err := c.lead(t, k, nav)
		if err != nil {
			return nil, err
		}
		at, found := other.find(id)
		if !leads || !found {
			return noContent(), nil
		}
		return c.single(q, at, http.StatusOK), nil
	})
}

// showReference answers a GET on <navigation property>/$ref: the address of the row that it leads
// to.
func (c *call) showReference(t *table, k rowKey, nav string) (*reply, *apiError) {
	column := t.byBind[nav]
	if column == nil {
		return nil, noSegment(nav)
	}
	return c.read("retrieve", t, func(*odataQuery) (*reply, *apiError) {
		id, leads, err := c.lead(t, k, nav)
		if err != nil || !leads {
			return noContent(), err
		}
		address := c.api() + c.server.setOf(column.bind[nav]) + "(" + id.String() + ")"
		return c.json(http.StatusOK, appendAny(nil, object{{"@odata.context", c.context("$ref")}, {"@odata.id", address}})), nil
	})
}

// lead finds the row that a row's navigation property leads to, if it leads anywhere: of a lookup
// to several tables one property does.
func (c *call) lead(t *table, k rowKey, nav string) (id guid, leads bool, answer *apiError) {
	row, err := k.mustFind(t)
	if err != nil {
		return id, false, err
	}
	column := t.byBind[nav]
	v := column.get(t, row)
	return v.id, v.set && column.target(v) == column.bind[nav], nil
}

// target is the table that a value of a lookup points to.
func (c *attribute) target(v cell) string {
	return c.targets[max(0, min(int(v.ref)-1, len(c.targets)-1))]
}

// relate answers a POST or DELETE on <row>/<collection>/$ref: a contact is made to point to the
// row, or no longer does.
func (c *call) relate(t *table, k rowKey, back, url string) (*reply, *apiError) {
	c.kind = "update"
	contacts := c.server.db.contacts
	if err := c.allowed("prvWrite", contacts); err != nil {
		return nil, err
	}
	if url == "" {
		return nil, payloadError(t.set, "The annotation '@odata.id' is missing in the payload")
	}
	c.work(1)
	x := c.begin()
	err := c.point(x, t, k, back, url)
	if err = c.end(x, err); err != nil {
		return nil, err
	}
	return noContent(), nil
}

func (c *call) point(x *tx, t *table, k rowKey, back, url string) *apiError {
	contacts := c.server.db.contacts
	column := contacts.byBind[back]
	row, err := k.mustFind(t)
	if err != nil {
		return err
	}
	// A reference to a contact is read as that of the one lookup that may hold one.
	member, err := c.reference(contacts, bind{column: contacts.byBind["parentcustomerid_contact"], nav: "parentcustomerid_contact", url: url})
	if err != nil {
		return err
	}
	var to cell
	if c.method == http.MethodPost {
		if to, err = c.reference(contacts, bind{column: column, nav: back, url: t.set + "(" + t.ids[row].String() + ")"}); err != nil {
			return err
		}
	}
	at, _ := contacts.find(member.id)
	x.update(contacts, at, []assignment{{column, to}})
	return nil
}

// referenceIn reads the @odata.id of a body.
func referenceIn(body []byte) string {
	url := ""
	s := &scanner{data: trimBOM(body)}
	err := s.members(func(member []byte) error {
		v, err := s.value()
		if string(member) == "@odata.id" {
			url = string(v.raw)
		}
		return err
	})
	if err != nil {
		return ""
	}
	return url
}
