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
