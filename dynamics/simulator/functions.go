package simulator

import (
	"strings"
)

const functionPrefix = "Microsoft.Dynamics.CRM."

func compileCall(src source, n *node) (predicate, *apiError) {
	if name, isOwn := strings.CutPrefix(n.name, functionPrefix); isOwn {
		return compileOwn(src, name, n)
	}
	if len(n.args) != 2 || n.args[0].op != "path" || n.args[1].op != "literal" {
		return nil, unknownFunction(n.name)
	}
	f, err := src.field(n.args[0].name)
	if err != nil {
		return nil, err
	}
	return f.textFunction(n.name, n.args[1].lit)
}

func unknownFunction(name string) *apiError {
	return badRequest("An unknown function with name '%s' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.", name)
}

// textFunction is contains, startswith or endswith; without case, and with % and _ meaning
// themselves.
func (f operandColumn) textFunction(name string, o operand) (predicate, *apiError) {
	var test func(s, part string) bool
	switch name {
	case "contains":
		test = strings.Contains
	case "startswith":
		test = strings.HasPrefix
	case "endswith":
		test = strings.HasSuffix
	default:
		return nil, unknownFunction(name)
	}
	if !f.column.kind.isText() || o.kind != operandText {
		return nil, badRequest("No function signature for the function with name '%s' matches the specified arguments.", name)
	}
	part := strings.ToLower(o.text)
	return func(row uint32) verdict {
		v := f.get(row)
		if !v.set {
			return unknown
		}
		return verdictOf(test(strings.ToLower(v.text), part))
	}, nil
}

// ownFunction holds the arguments of one of Microsoft's query functions.
type ownFunction struct {
	f      operandColumn
	values []operand
}

func compileOwn(src source, name string, n *node) (predicate, *apiError) {
	o, err := ownArguments(src, n)
	if err != nil {
		return nil, err
	}
	switch name {
	case "In":
		return o.in()
	case "NotIn":
		return negated(o.in())
	case "Between":
		return o.between()
	case "NotBetween":
		return negated(o.between())
	case "BeginsWith":
		return o.text("startswith")
	case "DoesNotBeginWith":
		return negated(o.text("startswith"))
	case "EndsWith":
		return o.text("endswith")
	case "DoesNotEndWith":
		return negated(o.text("endswith"))
	case "ContainValues":
		return o.contain()
	case "DoesNotContainValues":
		return negated(o.contain())
	case "On":
		return o.on("eq")
	case "NotOn":
		return o.on("ne")
	case "OnOrAfter":
		return o.on("ge")
	case "OnOrBefore":
		return o.on("le")
	default:
		return nil, unknownFunction(n.name)
	}
}

func negated(p predicate, err *apiError) (predicate, *apiError) {
	if err != nil {
		return nil, err
	}
	return func(row uint32) verdict { return yes - p(row) }, nil
}

func ownArguments(src source, n *node) (ownFunction, *apiError) {
	var o ownFunction
	property := ""
	for i, name := range n.names {
		lit := n.args[i].lit
		switch {
		case n.args[i].op != "literal":
			return o, badRequest("The argument '%s' of '%s' must be a literal.", name, n.name)
		case name == "PropertyName":
			property = lit.text
		case name == "PropertyValues" && lit.kind == operandList:
			o.values = lit.list
		case name == "PropertyValue" || strings.HasPrefix(name, "PropertyValue"):
			o.values = append(o.values, lit)
		default:
			return o, badRequest("The argument '%s' of '%s' is not known.", name, n.name)
		}
	}
	f, err := src.field(property)
	if err != nil { // lookups are named here without the _value around them
		if f, err = src.field("_" + property + "_value"); err != nil {
			return o, unknownQueryProperty("contact", property)
		}
	}
	o.f = f
	return o, nil
}

// maxValues is how many values one query may hold. The service's own number is not published; SQL
// Server's is 2,100.
const maxValues = 2000

// in tests membership with a set: lists of hundreds of ids are the usual way of reading rows back.
func (o ownFunction) in() (predicate, *apiError) {
	if len(o.values) > maxValues {
		return nil, fail(400, codeTooManyValues, "Number of parameters in the query exceeded the maximum of %d.", maxValues)
	}
	texts, ids, numbers := map[string]bool{}, map[guid]bool{}, map[int64]bool{}
	for _, lit := range o.values {
		v, err := o.f.column.loose(lit)
		if err != nil {
			return nil, err
		}
		texts[strings.ToLower(v.text)], ids[v.id], numbers[v.num] = true, true, true
	}
	f := o.f
	return func(row uint32) verdict {
		v := f.get(row)
		switch {
		case !v.set:
			return unknown
		case f.column.kind.isText():
			return verdictOf(texts[strings.ToLower(v.text)])
		case f.column.kind.isGUID():
			return verdictOf(ids[v.id])
		default:
			return verdictOf(numbers[v.num])
		}
	}, nil
}

// loose reads an argument whose value is quoted whatever the column's type, as these functions have
// it.
func (c *attribute) loose(o operand) (cell, *apiError) {
	if !c.kind.isText() && o.kind == operandText {
		o.kind = operandWord
	}
	if c.kind.isText() && o.kind == operandWord {
		o.kind = operandText
	}
	return c.operand(o)
}

func (o ownFunction) between() (predicate, *apiError) {
	if len(o.values) != 2 {
		return nil, badRequest("Between takes two values.")
	}
	low, err := o.f.column.loose(o.values[0])
	if err != nil {
		return nil, err
	}
	high, err := o.f.column.loose(o.values[1])
	if err != nil {
		return nil, err
	}
	f := o.f
	return func(row uint32) verdict {
		v := f.get(row)
		if !v.set {
			return unknown
		}
		return verdictOf(f.column.order(v, low) >= 0 && f.column.order(v, high) <= 0)
	}, nil
}

func (o ownFunction) text(name string) (predicate, *apiError) {
	if len(o.values) != 1 {
		return nil, badRequest("The function takes one value.")
	}
	return o.f.textFunction(name, o.values[0])
}

// on compares days, also of columns that hold a time.
func (o ownFunction) on(op string) (predicate, *apiError) {
	if len(o.values) != 1 || o.f.column.kind != kindDate && o.f.column.kind != kindDateTime {
		return nil, badRequest("The function takes one date.")
	}
	at, ok := parseInstant(o.values[0].text)
	if !ok {
		return nil, badRequest("'%s' is not a date.", o.values[0].text)
	}
	day, f := floorDay(at.Unix()), o.f
	return func(row uint32) verdict {
		v := f.get(row)
		if !v.set {
			return unknown
		}
		n := v.num
		if f.column.kind == kindDateTime {
			n = floorDay(n)
		}
		return verdictOf(holds(op, int(n-day)))
	}, nil
}

func floorDay(seconds int64) int64 {
	day := seconds / secondsPerDay
	if seconds%secondsPerDay < 0 {
		day--
	}
	return day
}

// rowIDs gives the primary keys that an expression restricts the rows to, when it plainly does.
func (t *table) rowIDs(n *node) ([]guid, bool) {
	switch {
	case n.op == "and":
		for _, arg := range n.args {
			if ids, ok := t.rowIDs(arg); ok {
				return ids, true
			}
		}
	case n.op == "or":
		var all []guid
		for _, arg := range n.args {
			ids, ok := t.rowIDs(arg)
			if !ok {
				return nil, false
			}
			all = append(all, ids...)
		}
		return all, true
	case n.op == "eq" && n.args[0].op == "path" && n.args[0].name == t.primaryID && n.args[1].op == "literal":
		id, ok := parseGUID(n.args[1].lit.text)
		return []guid{id}, ok
	case n.op == "call" && n.name == functionPrefix+"In":
		return t.listedIDs(n)
	}
	return nil, false
}

func (t *table) listedIDs(n *node) ([]guid, bool) {
	var ids []guid
	for i, name := range n.names {
		switch {
		case name == "PropertyName" && n.args[i].lit.text != t.primaryID:
			return nil, false
		case name == "PropertyValues":
			for _, o := range n.args[i].lit.list {
				id, ok := parseGUID(o.text)
				if !ok {
					return nil, false
				}
				ids = append(ids, id)
			}
		}
	}
	return ids, true
}
