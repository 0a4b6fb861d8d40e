package simulator

import (
	"bytes"
	"cmp"
	"strings"
	"time"
)

// verdict is SQL's three-valued truth: a comparison with null is neither true nor false, and such
// rows are not returned.
type verdict uint8

const (
	no verdict = iota
	unknown
	yes
)

func verdictOf(b bool) verdict {
	if b {
		return yes
	}
	return no
}

type predicate func(row uint32) verdict

// operandColumn is a property that expressions can name.
type operandColumn struct {
	column *attribute
	get    func(row uint32) cell
}

// source is something that can be filtered: a table, or one of the small fixed sets.
type source interface {
	field(name string) (operandColumn, *apiError)
}

func (t *table) field(name string) (operandColumn, *apiError) {
	if nav, property, found := strings.Cut(name, "/"); found {
		return t.fieldBeyond(nav, property)
	}
	c := t.byProperty[name]
	if c == nil {
		return operandColumn{}, unknownQueryProperty(t.logical, name)
	}
	return t.fieldOf(c), nil
}

// fieldBeyond is a property of the row that a lookup points to.
func (t *table) fieldBeyond(nav, property string) (operandColumn, *apiError) {
	c := t.byBind[nav]
	if c == nil {
		return operandColumn{}, unknownQueryProperty(t.logical, nav)
	}
	other := t.db.byLogical(c.bind[nav])
	if other == nil || other.byProperty[property] == nil {
		return operandColumn{}, unknownQueryProperty(c.bind[nav], property)
	}
	inner := other.byProperty[property]
	return operandColumn{inner, func(row uint32) cell {
		v := c.get(t, row)
		at, found := other.find(v.id)
		if !v.set || !found {
			return cell{}
		}
		return inner.get(other, at)
	}}, nil
}

func (t *table) fieldOf(c *attribute) operandColumn {
	return operandColumn{c, func(row uint32) cell { return c.get(t, row) }}
}

// compile turns an expression into a test of rows.
func compile(src source, n *node) (predicate, *apiError) {
	switch n.op {
	case "and", "or":
		return compileChain(src, n)
	case "not":
		inner, err := compile(src, n.args[0])
		if err != nil {
			return nil, err
		}
		return func(row uint32) verdict { return yes - inner(row) }, nil
	case "call":
		return compileCall(src, n)
	case "path":
		return compileFlag(src, n)
	case "literal":
		if n.lit.text == "true" || n.lit.text == "false" {
			v := verdictOf(n.lit.text == "true")
			return func(uint32) verdict { return v }, nil
		}
		return nil, badRequest("The $filter expression must evaluate to a single boolean value.")
	default:
		return compileComparison(src, n)
	}
}

func compileChain(src source, n *node) (predicate, *apiError) {
	parts := make([]predicate, len(n.args))
	for i, arg := range n.args {
		part, err := compile(src, arg)
		if err != nil {
			return nil, err
		}
		parts[i] = part
	}
	if n.op == "and" {
		return func(row uint32) verdict {
			result := yes
			for _, part := range parts {
				if result = min(result, part(row)); result == no {
					return no
				}
			}
			return result
		}, nil
	}
	return func(row uint32) verdict {
		result := no
		for _, part := range parts {
			if result = max(result, part(row)); result == yes {
				return yes
			}
		}
		return result
	}, nil
}

// compileFlag reads a boolean property that stands alone.
func compileFlag(src source, n *node) (predicate, *apiError) {
	f, err := src.field(n.name)
	if err != nil {
		return nil, err
	}
	if f.column.kind != kindBoolean {
		return nil, badRequest("The $filter expression must evaluate to a single boolean value.")
	}
	return func(row uint32) verdict {
		v := f.get(row)
		if !v.set {
			return unknown
		}
		return verdictOf(v.num != 0)
	}, nil
}

func compileComparison(src source, n *node) (predicate, *apiError) {
	left, right := n.args[0], n.args[1]
	if left.op == "call" && right.op == "literal" {
		return compileTruth(src, n)
	}
	if left.op == "literal" && right.op == "path" {
		left, right = right, left
		n = &node{op: mirrored(n.op), args: []*node{left, right}}
	}
	if left.op != "path" {
		return nil, badRequest("A binary operator with incompatible types was detected for operator kind '%s'.", n.op)
	}
	f, err := src.field(left.name)
	if err != nil {
		return nil, err
	}
	switch right.op {
	case "literal":
		return f.compare(n.op, right.lit)
	case "path":
		other, err := src.field(right.name)
		if err != nil {
			return nil, err
		}
		return f.compareColumn(n.op, other)
	default:
		return nil, badRequest("A binary operator with incompatible types was detected for operator kind '%s'.", n.op)
	}
}

// compileTruth is contains(...) eq true and its like.
func compileTruth(src source, n *node) (predicate, *apiError) {
	inner, err := compile(src, n.args[0])
	if err != nil {
		return nil, err
	}
	want := verdictOf(n.args[1].lit.text == "true")
	if n.op == "ne" {
		want = yes - want
	}
	return func(row uint32) verdict {
		v := inner(row)
		if v == unknown {
			return unknown
		}
		return verdictOf(v == want)
	}, nil
}

func mirrored(op string) string {
	switch op {
	case "gt":
		return "lt"
	case "ge":
		return "le"
	case "lt":
		return "gt"
	case "le":
		return "ge"
	default:
		return op
	}
}

func (f operandColumn) compare(op string, o operand) (predicate, *apiError) {
	if o.kind == operandNull {
		return f.compareNull(op)
	}
	want, err := f.column.operand(o)
	if err != nil {
		return nil, err
	}
	if f.column.kind.isText() && (op == "eq" || op == "ne") {
		return f.equalText(op == "eq", want.text), nil
	}
	return func(row uint32) verdict {
		v := f.get(row)
		if !v.set {
			return unknown
		}
		return verdictOf(holds(op, f.column.order(v, want)))
	}, nil
}

// equalText is the comparison that audiences are counted with, so it does without allocation.
func (f operandColumn) equalText(equal bool, want string) predicate {
	return func(row uint32) verdict {
		v := f.get(row)
		if !v.set {
			return unknown
		}
		return verdictOf(strings.EqualFold(v.text, want) == equal)
	}
}

func (f operandColumn) compareNull(op string) (predicate, *apiError) {
	switch op {
	case "eq":
		return func(row uint32) verdict { return verdictOf(!f.get(row).set) }, nil
	case "ne":
		return func(row uint32) verdict { return verdictOf(f.get(row).set) }, nil
	default:
		return func(uint32) verdict { return unknown }, nil
	}
}

func (f operandColumn) compareColumn(op string, other operandColumn) (predicate, *apiError) {
	if f.column.edm() != other.column.edm() {
		return nil, badRequest("A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.", f.column.edm(), other.column.edm(), op)
	}
	return func(row uint32) verdict {
		a, b := f.get(row), other.get(row)
		if !a.set || !b.set {
			return unknown
		}
		return verdictOf(holds(op, f.column.order(a, b)))
	}, nil
}

func holds(op string, order int) bool {
	switch op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	default:
		return order <= 0
	}
}

// order compares two values of the column; text without case, as the default collation does.
func (c *attribute) order(a, b cell) int {
	switch {
	case c.kind.isText():
		return collate(a.text, b.text)
	case c.kind.isGUID():
		return bytes.Compare(a.id[:], b.id[:])
	case c.kind == kindDouble:
		return cmp.Compare(c.float(a), c.float(b))
	default:
		return cmp.Compare(a.num, b.num)
	}
}

// operand reads a literal as the column's type.
func (c *attribute) operand(o operand) (cell, *apiError) {
	var known internedTexts
	incompatible := badRequest("A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind 'Equal'.", c.edm(), o.edm())
	switch {
	case o.kind == operandList:
		return cell{}, incompatible
	case c.kind.isText():
		if o.kind != operandText {
			return cell{}, incompatible
		}
		return cell{set: true, text: o.text}, nil
	case c.kind.isGUID():
		id, ok := parseGUID(o.text)
		if !ok {
			return cell{}, badRequest("Invalid GUID value '%s'.", o.text)
		}
		return idValue(id), nil
	case c.kind == kindDate || c.kind == kindDateTime:
		return c.operandTime(o, incompatible)
	}
	if o.kind != operandWord {
		return cell{}, incompatible
	}
	if c.kind.isChoice() || c.kind == kindInteger {
		wide := attribute{name: c.name, kind: kindBigInt} // a filter may ask for what no row can hold
		c = &wide
	}
	if c.kind.isScaled() || c.kind == kindDouble {
		return c.operandDecimal(o)
	}
	v, err := c.accept(&table{}, c.literal(o.text), &known)
	if err != nil {
		return cell{}, incompatible
	}
	return v, nil
}

func (c *attribute) operandDecimal(o operand) (cell, *apiError) {
	free := *c
	free.min, free.max = -maxMoney, maxMoney
	if c.kind.isScaled() {
		free.precision = c.scale()
	}
	v, err := free.accept(&table{}, jsonLiteral{literalNumber, []byte(o.text)}, nil)
	if err != nil {
		return cell{}, badRequest("Unrecognized number '%s'.", o.text)
	}
	return v, nil
}

func (c *attribute) operandTime(o operand, incompatible *apiError) (cell, *apiError) {
	at, ok := parseInstant(o.text)
	if !ok || o.kind != operandWord {
		return cell{}, incompatible
	}
	if c.kind == kindDate {
		return numValue(at.Truncate(24*time.Hour).Unix() / secondsPerDay), nil
	}
	return numValue(at.Unix()), nil
}

func (o operand) edm() string {
	if o.kind == operandText {
		return "Edm.String"
	}
	if _, isID := parseGUID(o.text); isID {
		return "Edm.Guid"
	}
	switch {
	case o.text == "true" || o.text == "false":
		return "Edm.Boolean"
	case strings.Contains(o.text, "T"):
		return "Edm.DateTimeOffset"
	case strings.Count(o.text, "-") > 1:
		return "Edm.Date"
	default:
		return "Edm.Int32"
	}
}
