package simulator

import (
	"strings"

	"audienceflow/dynamics/simulator/fetchxml"
)

// fetchFunctions are the operators that a function of a $filter stands for.
var fetchFunctions = map[string]string{
	"in": "In", "not-in": "NotIn", "between": "Between", "not-between": "NotBetween", "begins-with": "BeginsWith", "not-begin-with": "DoesNotBeginWith",
	"ends-with": "EndsWith", "not-end-with": "DoesNotEndWith", "on": "On", "not-on": "NotOn", "on-or-after": "OnOrAfter", "on-or-before": "OnOrBefore",
	"contain-values": "ContainValues", "not-contain-values": "DoesNotContainValues",
}

// fetchComparisons are those that an operator of a $filter stands for.
var fetchComparisons = map[string]string{"eq": "eq", "ne": "ne", "neq": "ne", "gt": "gt", "ge": "ge", "lt": "lt", "le": "le"}

// fetchCondition makes of a condition what a $filter would have been.
func (t *table) fetchCondition(c fetchxml.Condition) (*node, *apiError) {
	column, err := t.fetched(c.Attribute)
	if err != nil {
		return nil, err
	}
	path := &node{op: "path", name: column.property()}
	switch {
	case c.Operator == "null":
		return compared("eq", path, operand{}), nil
	case c.Operator == "not-null":
		return compared("ne", path, operand{}), nil
	case c.Operator == "like":
		return likeNode(path, c.Value)
	case c.Operator == "not-like":
		inner, err := likeNode(path, c.Value)
		return &node{op: "not", args: []*node{inner}}, err
	case fetchComparisons[c.Operator] != "":
		return compared(fetchComparisons[c.Operator], path, column.fetchOperand(c.Operands()[0])), nil
	case fetchFunctions[c.Operator] != "":
		return fetchCall(column, fetchFunctions[c.Operator], c.Operands()), nil
	default:
		return nil, notFetched("the operator " + c.Operator)
	}
}

func compared(op string, path *node, o operand) *node {
	return &node{op: op, args: []*node{path, {op: "literal", lit: o}}}
}

// fetchOperand reads a value, which has no quotes there whatever its type.
func (c *attribute) fetchOperand(text string) operand {
	switch {
	case c.kind.isText():
		return operand{kind: operandText, text: text}
	case c.kind == kindBoolean && text == "1":
		text = "true"
	case c.kind == kindBoolean && text == "0":
		text = "false"
	}
	return operand{kind: operandWord, text: strings.Trim(text, "{}")}
}

func fetchCall(c *attribute, name string, values []string) *node {
	list := operand{kind: operandList}
	for _, v := range values {
		list.list = append(list.list, c.fetchOperand(v))
	}
	n := &node{op: "call", name: functionPrefix + name, names: []string{"PropertyName", "PropertyValues"}}
	n.args = []*node{{op: "literal", lit: operand{kind: operandText, text: c.property()}}, {op: "literal", lit: list}}
	return n
}

// likeNode is a pattern whose wildcards stand at its ends, as people's tools send them.
func likeNode(path *node, pattern string) (*node, *apiError) {
	text := strings.TrimSuffix(strings.TrimPrefix(pattern, "%"), "%")
	before, behind := strings.HasPrefix(pattern, "%"), strings.HasSuffix(pattern, "%") && len(pattern) > 1
	lit := operand{kind: operandText, text: text}
	name := "startswith"
	switch {
	case strings.ContainsAny(text, "%_[]"):
		return path, notFetched("wildcards inside of a pattern")
	case !before && !behind:
		return compared("eq", path, lit), nil
	case before && behind:
		name = "contains"
	case before:
		name = "endswith"
	}
	return &node{op: "call", name: name, args: []*node{path, {op: "literal", lit: lit}}, names: []string{"", ""}}, nil
}
