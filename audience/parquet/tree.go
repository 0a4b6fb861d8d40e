package parquet

import (
	"strings"

	"github.com/parquet-go/parquet-go"
)

// node is one node of a Parquet schema with what is needed to put its
// values back together.
type node struct {
	name string // without prefix
	kind nodeKind
	// optional and repeated nodes take one definition level; def and rep are
	// the levels that count up to and including this node.
	optional, repeated bool
	def, rep           int
	from, to           int // its leaves: columns [from, to)
	children           []node
	text               func(parquet.Value) (text string, quoted bool)
}

type nodeKind int

const (
	leaf nodeKind = iota
	group
	list  // a group of one repeated group of one element
	keyed // a group of one repeated group of key and value
)

// readTree reads a schema, and gives the next leaf's column.
func readTree(c *parquet.Column, prefix string, def, rep, column int) (node, int) {
	n := node{name: strings.TrimPrefix(c.Name(), prefix), optional: c.Optional(), repeated: c.Repeated(), from: column}
	if n.optional || n.repeated {
		def++
	}
	if n.repeated {
		rep++
	}
	n.def, n.rep = def, rep
	if c.Leaf() {
		n.text, n.to = textOf(c.Type()), column+1
		return n, n.to
	}
	n.kind = group
	for _, child := range c.Columns() {
		var read node
		read, column = readTree(child, prefix, def, rep, column)
		n.children = append(n.children, read)
	}
	n.to = column
	logical := c.Type().LogicalType()
	switch {
	case logical == nil || len(n.children) != 1 || !n.children[0].repeated:
	case logical.List != nil:
		n.kind = list
	case logical.Map != nil && len(n.children[0].children) == 2:
		n.kind = keyed
	}
	return n, column
}

// appendLeaves lists the leaves by column.
func (n node) appendLeaves(to []node) []node {
	if n.kind == leaf {
		return append(to, n)
	}
	for _, child := range n.children {
		to = child.appendLeaves(to)
	}
	return to
}

// flatColumns names the leaves that have one value in a row, by their paths.
func (n node) flatColumns(prefix string, to map[int]string) {
	for _, child := range n.children {
		name := child.name
		if prefix != "" {
			name = prefix + "." + name
		}
		switch {
		case child.rep > 0 || child.kind == list || child.kind == keyed:
		case child.kind == leaf:
			to[child.from] = name
		default:
			child.flatColumns(name, to)
		}
	}
}

// values walks over the values of one row.
type values struct {
	columns [][]parquet.Value // by column, what is not yet taken
	out     []byte
}

// reset takes the values of a row apart by column.
func (r *values) reset(row parquet.Row, columns int) {
	if len(r.columns) != columns {
		r.columns = make([][]parquet.Value, columns)
	}
	row.Range(func(column int, values []parquet.Value) bool {
		r.columns[column] = values
		return true
	})
	r.out = r.out[:0]
}

// first gives the next value of a node's first leaf.
func (r *values) first(n *node) (parquet.Value, bool) {
	if values := r.columns[n.from]; len(values) > 0 {
		return values[0], true
	}
	return parquet.Value{}, false
}

// drop takes one value of each of a node's leaves: the marks of its absence.
func (r *values) drop(n *node) {
	for c := n.from; c < n.to; c++ {
		if len(r.columns[c]) > 0 {
			r.columns[c] = r.columns[c][1:]
		}
	}
}

// write writes a node's value as JSON.
func (r *values) write(n *node) {
	v, ok := r.first(n)
	if !ok || (n.optional || n.repeated) && v.DefinitionLevel() < n.def {
		r.drop(n)
		r.out = append(r.out, "null"...)
		return
	}
	if n.repeated {
		r.writeEach(n, '[', ']', r.writePlain)
		return
	}
	r.writePlain(n)
}

func (r *values) writePlain(n *node) {
	switch n.kind {
	case leaf:
		r.writeLeaf(n)
	case list:
		r.writeEach(&n.children[0], '[', ']', r.writeElement)
	case keyed:
		r.writeEach(&n.children[0], '{', '}', r.writeEntry)
	default:
		r.writeGroup(n)
	}
}

func (r *values) writeGroup(n *node) {
	r.out = append(r.out, '{')
	for i := range n.children {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		r.out = appendJSONText(r.out, n.children[i].name)
		r.out = append(r.out, ':')
		r.write(&n.children[i])
	}
	r.out = append(r.out, '}')
}

// writeEach writes the instances of a repeated node.
func (r *values) writeEach(n *node, open, end byte, each func(*node)) {
	r.out = append(r.out, open)
	v, ok := r.first(n)
	if !ok || v.DefinitionLevel() < n.def {
		r.drop(n)
		r.out = append(r.out, end)
		return
	}
	for first := true; ok && (first || v.RepetitionLevel() == n.rep); v, ok = r.first(n) {
		if !first {
			r.out = append(r.out, ',')
		}
		first = false
		left := len(r.columns[n.from])
		each(n)
		if len(r.columns[n.from]) == left {
			break // a value that cannot be taken would come for ever
		}
	}
	r.out = append(r.out, end)
}

// writeElement writes an instance of a list's repeated group: its only child,
// or, as older writers have it, the group itself.
func (r *values) writeElement(n *node) {
	older := n.name == "array" || strings.HasSuffix(n.name, "_tuple")
	if n.kind == group && len(n.children) == 1 && !older {
		r.write(&n.children[0])
		return
	}
	r.writePlain(n)
}

func (r *values) writeEntry(n *node) {
	start := len(r.out)
	r.write(&n.children[0])
	if len(r.out) == start || r.out[start] != '"' { // keys are texts in JSON
		key := string(r.out[start:])
		r.out = appendJSONText(r.out[:start], key)
	}
	r.out = append(r.out, ':')
	r.write(&n.children[1])
}

func (r *values) writeLeaf(n *node) {
	v, _ := r.first(n)
	r.drop(n)
	text, quoted := n.text(v)
	if quoted {
		r.out = appendJSONText(r.out, text)
		return
	}
	r.out = append(r.out, text...)
}
