package simulator

import (
	"net/http"
	"strings"
)

// rowKey names a row: by primary key, or by the columns of an alternate key.
type rowKey struct {
	id     guid
	byID   bool
	parts  []keyPart
	shape  *alternateKey
	values []cell
}

type keyPart struct {
	column *attribute
	lit    operand
}

// parseKey reads what stands in the parentheses behind an entity set.
func (t *table) parseKey(args string) (rowKey, *apiError) {
	text := strings.TrimSpace(args)
	if id, ok := parseGUID(strings.Trim(text, "'")); ok {
		return rowKey{id: id, byID: true}, nil
	}
	if !strings.Contains(text, "=") {
		return rowKey{}, badRequest("Error in query syntax: '%s' is no key.", args)
	}
	var k rowKey
	for _, part := range splitOutside(text, ',') {
		name, value, _ := strings.Cut(part, "=")
		c := t.byProperty[strings.TrimSpace(name)]
		p := &expressionParser{text: value}
		lit, err := p.operand()
		if c == nil || err != nil || p.peek() != 0 {
			return k, t.invalidKey()
		}
		if c.kind == kindID {
			id, ok := parseGUID(lit.text)
			if !ok {
				return k, t.invalidKey()
			}
			return rowKey{id: id, byID: true}, nil
		}
		k.parts = append(k.parts, keyPart{c, lit})
	}
	return k, t.resolveKey(&k)
}

func (t *table) invalidKey() *apiError {
	return fail(http.StatusBadRequest, codeNone, "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.%s'. Ensure that the names and number of key properties match the declared alternate key properties for the resource 'Microsoft.Dynamics.CRM.%s'.", t.logical, t.logical)
}

// resolveKey finds the alternate key that has exactly these columns, and reads their values.
func (t *table) resolveKey(k *rowKey) *apiError {
	for i := range t.keys {
		if values, ok := k.fits(&t.keys[i]); ok {
			k.shape, k.values = &t.keys[i], values
			return nil
		}
	}
	return t.invalidKey()
}

func (k *rowKey) fits(shape *alternateKey) ([]cell, bool) {
	if len(shape.columns) != len(k.parts) {
		return nil, false
	}
	values := make([]cell, len(shape.columns))
	for i, name := range shape.columns {
		for _, part := range k.parts {
			if part.column.name != name {
				continue
			}
			v, err := part.column.operand(part.lit)
			if err != nil {
				return nil, false
			}
			values[i] = v
		}
		if !values[i].set {
			return nil, false
		}
	}
	return values, true
}

func (k *rowKey) find(t *table) (uint32, bool) {
	if k.byID {
		return t.find(k.id)
	}
	columns := k.shape.of(t)
	for _, row := range t.rows {
		if k.shape.holds(t, columns, row, k.values) {
			return row, true
		}
	}
	return 0, false
}

func (k *alternateKey) of(t *table) []*attribute {
	columns := make([]*attribute, len(k.columns))
	for i, name := range k.columns {
		columns[i] = t.byName[name]
	}
	return columns
}

func (k *alternateKey) holds(t *table, columns []*attribute, row uint32, values []cell) bool {
	for i, c := range columns {
		v := c.get(t, row)
		if !v.set || c.order(v, values[i]) != 0 {
			return false
		}
	}
	return true
}

func (k *rowKey) mustFind(t *table) (uint32, *apiError) {
	row, ok := k.find(t)
	switch {
	case ok:
		return row, nil
	case k.byID:
		return 0, rowMissing(t, k.id)
	default:
		return 0, fail(http.StatusNotFound, codeKeyMissing, "A record with the specified key values does not exist in %s entity", t.logical)
	}
}

// assignments gives the key's columns as values of a row that is made by it.
func (k *rowKey) assignments() []assignment {
	var cells []assignment
	for i, part := range k.values {
		cells = append(cells, assignment{k.parts[0].column, part})
		for _, p := range k.parts {
			if p.column.name == k.shape.columns[i] {
				cells[i].column = p.column
			}
		}
	}
	return cells
}
