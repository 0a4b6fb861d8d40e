package simulator

import (
	"bytes"
	"errors"
	"strings"
)

// assignment is one column of a row to be set.
type assignment struct {
	column *attribute
	value  cell
}

// updateRow is one row of a payload.
type updateRow struct {
	id     guid
	hasID  bool
	typed  bool   // carried @odata.type
	key    string // @odata.id
	from   int    // its assignments are payload.cells[from:to]
	to     int
	binds  []bind // lookups given as @odata.bind, resolved when the row is written: $1 may be among them
	etag   string
	serial int
}

type bind struct {
	column *attribute
	nav    string
	url    string // "" clears the lookup
}

// payload is what a body asks for: one row, or the rows of Targets.
type payload struct {
	table *table
	rows  []updateRow
	cells []assignment
	known internedTexts
	// disassociates says that a lookup's own property may be set to null.
	disassociates bool
}

func (p *payload) assignments(r updateRow) []assignment { return p.cells[r.from:r.to] }

// parseRow reads the body of a create or an update.
func (c *call) parseRow(t *table, body []byte) (*payload, *apiError) {
	p := &payload{table: t, disassociates: c.disassociates()}
	s := &scanner{data: trimBOM(body)}
	if s.end() {
		return nil, noStream(t.set)
	}
	if err := p.row(s); err != nil {
		return nil, p.refusal(err)
	}
	if !s.end() {
		return nil, payloadError(t.set, "Additional text was found after the JSON value")
	}
	return p, nil
}

// parseTargets reads {"Targets":[...]} of the bulk messages.
func (c *call) parseTargets(t *table, body []byte) (*payload, *apiError) {
	const usualRow = 120 // bytes: makes room for about as many rows as there are
	p := &payload{table: t, rows: make([]updateRow, 0, len(body)/usualRow+1), disassociates: c.disassociates()}
	p.cells = make([]assignment, 0, 2*cap(p.rows))
	s := &scanner{data: trimBOM(body)}
	found := false
	err := s.members(func(name []byte) error {
		if string(name) != "Targets" {
			return refuse(fail(400, codeNone, "The parameter '%s' in the request payload is not a valid parameter for the operation.", name))
		}
		found = true
		return s.elements(func() error { return p.row(s) })
	})
	switch {
	case err != nil:
		return nil, p.refusal(err)
	case !s.end():
		return nil, payloadError(t.set, "Additional text was found after the JSON value")
	case !found:
		return nil, fail(400, codeNone, "Required field 'Targets' is missing")
	}
	return p, nil
}

func trimBOM(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }

// refused carries an answer through the scanner, which knows plain errors alone.
type refused struct{ answer *apiError }

func (r refused) Error() string { return r.answer.message }

func refuse(e *apiError) error {
	if e == nil {
		return nil
	}
	return refused{e}
}

func (p *payload) refusal(err error) *apiError {
	var r refused
	if errors.As(err, &r) {
		return r.answer
	}
	return payloadError(p.table.set, "Invalid JSON. "+err.Error())
}

func (p *payload) row(s *scanner) error {
	r := updateRow{from: len(p.cells), serial: len(p.rows)}
	err := s.members(func(name []byte) error {
		if bytes.IndexByte(name, '@') >= 0 {
			return p.annotation(s, &r, string(name))
		}
		c := p.table.byName[string(name)]
		if c == nil || c.kind == kindLookup {
			return p.lookup(s, &r, string(name))
		}
		if c.secured {
			return refuse(securedColumn(p.table, c))
		}
		l, err := s.value()
		if err != nil {
			return err
		}
		v, answer := c.accept(p.table, l, &p.known)
		if answer != nil {
			return refuse(answer)
		}
		if c.kind == kindID {
			r.id, r.hasID = v.id, v.set
			return nil
		}
		if !c.readOnly { // the service ignores values for columns it keeps itself
			p.cells = append(p.cells, assignment{c, v})
		}
		return nil
	})
	r.to = len(p.cells)
	p.rows = append(p.rows, r)
	return err
}

func (p *payload) annotation(s *scanner, r *updateRow, name string) error {
	l, err := s.value()
	if err != nil {
		return err
	}
	switch nav, isBind := strings.CutSuffix(name, "@odata.bind"); {
	case isBind:
		return p.bind(r, nav, l)
	case name == "@odata.type":
		return refuse(p.odataType(r, string(l.raw)))
	case name == "@odata.id":
		r.key = string(l.raw)
	case name == "@odata.etag":
		r.etag = string(l.raw)
	}
	return nil
}

// odataType accepts the type with and without '#', since both are in use.
func (p *payload) odataType(r *updateRow, name string) *apiError {
	name = strings.TrimPrefix(name, "#")
	if name != "Microsoft.Dynamics.CRM."+p.table.logical {
		return payloadError(p.table.set, "A resource with type '"+name+"' was found, but it is not assignable to the expected type 'Microsoft.Dynamics.CRM."+p.table.logical+"'.")
	}
	r.typed = true
	return nil
}
