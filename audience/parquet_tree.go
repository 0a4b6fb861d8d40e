package audience

import (
	"strings"

	"github.com/parquet-go/parquet-go"
)

// parquetNode is one node of a Parquet schema with what is needed to put its
// values back together.
type parquetNode struct {
	name string // without xdm:
	kind parquetKind
	// optional and repeated nodes take one definition level; def and rep are
	// the levels that count up to and including this node.
	optional, repeated bool
	def, rep           int
	from, to           int // its leaves: columns [from, to)
	children           []parquetNode
	text               func(parquet.Value) (text string, quoted bool)
}

type parquetKind int

const (
	parquetLeaf parquetKind = iota
	parquetGroup
	parquetList // a group of one repeated group of one element
	parquetMap  // a group of one repeated group of key and value
)

// readTree reads a schema, and gives the next leaf's column.
func readTree(c *parquet.Column, def, rep, column int) (parquetNode, int) {
	n := parquetNode{name: strings.TrimPrefix(c.Name(), xdmPrefix), optional: c.Optional(), repeated: c.Repeated(), from: column}
	if n.optional || n.repeated {
		def++
	}
	if n.repeated {
		rep++
	}
	n.def, n.rep = def, rep
	if c.Leaf() {
		n.text, n.to = parquetText(c.Type()), column+1
		return n, n.to
	}
	n.kind = parquetGroup
	for _, child := range c.Columns() {
		var read parquetNode
		read, column = readTree(child, def, rep, column)
		n.children = append(n.children, read)
	}
	n.to = column
	logical := c.Type().LogicalType()
	switch {
	case logical == nil || len(n.children) != 1 || !n.children[0].repeated:
	case logical.List != nil:
		n.kind = parquetList
	case logical.Map != nil && len(n.children[0].children) == 2:
		n.kind = parquetMap
	}
	return n, column
}

// appendLeaves lists the leaves by column.
func (n parquetNode) appendLeaves(to []parquetNode) []parquetNode {
	if n.kind == parquetLeaf {
		return append(to, n)
	}
	for _, child := range n.children {
		to = child.appendLeaves(to)
	}
	return to
}

// flatColumns names the leaves that have one value in a row, by their paths.
func (n parquetNode) flatColumns(prefix string, to map[int]string) {
	for _, child := range n.children {
		name := child.name
		if prefix != "" {
			name = prefix + "." + name
		}
		switch {
		case child.rep > 0 || child.kind == parquetList || child.kind == parquetMap:
		case child.kind == parquetLeaf:
			to[child.from] = name
		default:
			child.flatColumns(name, to)
		}
	}
}

// parquetRow walks over the values of one row.
type parquetRow struct {
	columns [][]parquet.Value // by column, what is not yet taken
	out     []byte
}

// reset takes the values of a row apart by column.
func (r *parquetRow) reset(row parquet.Row, columns int) {
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
func (r *parquetRow) first(n *parquetNode) (parquet.Value, bool) {
	if values := r.columns[n.from]; len(values) > 0 {
		return values[0], true
	}
	return parquet.Value{}, false
}

// drop takes one value of each of a node's leaves: the marks of its absence.
func (r *parquetRow) drop(n *parquetNode) {
	for c := n.from; c < n.to; c++ {
		if len(r.columns[c]) > 0 {
			r.columns[c] = r.columns[c][1:]
		}
	}
}

// write writes a node's value as JSON.
func (r *parquetRow) write(n *parquetNode) {
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

func (r *parquetRow) writePlain(n *parquetNode) {
	switch n.kind {
	case parquetLeaf:
		r.writeLeaf(n)
	case parquetList:
		r.writeEach(&n.children[0], '[', ']', r.writeElement)
	case parquetMap:
		r.writeEach(&n.children[0], '{', '}', r.writeEntry)
	default:
		r.writeGroup(n)
	}
}

func (r *parquetRow) writeGroup(n *parquetNode) {
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
func (r *parquetRow) writeEach(n *parquetNode, open, end byte, each func(*parquetNode)) {
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
func (r *parquetRow) writeElement(n *parquetNode) {
	older := n.name == "array" || strings.HasSuffix(n.name, "_tuple")
	if n.kind == parquetGroup && len(n.children) == 1 && !older {
		r.write(&n.children[0])
		return
	}
	r.writePlain(n)
}

func (r *parquetRow) writeEntry(n *parquetNode) {
	start := len(r.out)
	r.write(&n.children[0])
	if len(r.out) == start || r.out[start] != '"' { // keys are texts in JSON
		key := string(r.out[start:])
		r.out = appendJSONText(r.out[:start], key)
	}
	r.out = append(r.out, ':')
	r.write(&n.children[1])
}

func (r *parquetRow) writeLeaf(n *parquetNode) {
	v, _ := r.first(n)
	r.drop(n)
	text, quoted := n.text(v)
	if quoted {
		r.out = appendJSONText(r.out, text)
		return
	}
	r.out = append(r.out, text...)
}
