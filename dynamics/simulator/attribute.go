package simulator

import "strings"

// attribute is one column of a table: what metadata says about it and the cells of all rows.
type attribute struct {
	name, schema, display string
	kind                  columnType
	format                string
	maxLength             int
	min, max              float64
	precision             int
	options               []optionItem
	targets               []string          // logical names of the tables that a lookup may point to
	bind                  map[string]string // navigation property -> target
	required              string
	readOnly, custom      bool
	secured               bool
	fallback              *int64 // read where nothing is stored
	compute               func(t *table, row uint32) cell
	id                    guid
	number                int
	cells                 chunkedCells
}

type optionItem struct {
	value int64
	label string
}

// property is the name under which the Web API shows the column.
func (c *attribute) property() string {
	if c.kind == kindLookup {
		return "_" + c.name + "_value"
	}
	return c.name
}

func (c *attribute) get(t *table, row uint32) cell {
	if c.compute != nil {
		return c.compute(t, row)
	}
	v := c.stored(row)
	if !v.set && !v.null && c.fallback != nil {
		return numValue(*c.fallback)
	}
	return v
}

func (c *attribute) label(n int64) string {
	for _, o := range c.options {
		if o.value == n {
			return o.label
		}
	}
	return ""
}

// The constructors below keep the lists of columns readable; the logical name is the schema name in
// lower case.

func base(schema, display string, k columnType) *attribute {
	return &attribute{name: strings.ToLower(schema), schema: schema, display: display, kind: k, required: "None"}
}

func text(schema, display string, length int) *attribute {
	c := base(schema, display, kindString)
	c.maxLength, c.format = length, "Text"
	return c
}

func formatted(schema, display string, length int, format string) *attribute {
	c := text(schema, display, length)
	c.format = format
	return c
}

func memo(schema, display string, length int) *attribute {
	c := base(schema, display, kindMemo)
	c.maxLength, c.format = length, "TextArea"
	return c
}

func integer(schema, display string, low, high float64) *attribute {
	c := base(schema, display, kindInteger)
	c.min, c.max, c.format = low, high, "None"
	return c
}

func number(schema, display string, k columnType, low, high float64, precision int) *attribute {
	c := base(schema, display, k)
	c.min, c.max, c.precision = low, high, precision
	return c
}

func flag(schema, display, no, yes string) *attribute {
	c := base(schema, display, kindBoolean)
	c.options = []optionItem{{0, no}, {1, yes}}
	c.fallback = new(int64)
	return c
}

func date(schema, display string) *attribute { return base(schema, display, kindDate) }

func dateTime(schema, display string) *attribute { return base(schema, display, kindDateTime) }

func choice(schema, display string, options ...optionItem) *attribute {
	c := base(schema, display, kindChoice)
	c.options = options
	return c
}

// numbered gives options 1, 2, 3... for the labels.
func numbered(labels ...string) []optionItem {
	options := make([]optionItem, len(labels))
	for i, label := range labels {
		options[i] = optionItem{int64(i + 1), label}
	}
	return options
}

func (c *attribute) withDefault(n int64) *attribute {
	c.fallback = &n
	return c
}

// lookup makes a lookup whose navigation property is the logical name.
func lookup(schema, display, target string) *attribute {
	c := base(schema, display, kindLookup)
	c.targets = []string{target}
	c.bind = map[string]string{c.name: target}
	return c
}

// customer makes a lookup to several tables: its navigation properties are <name>_<target>.
func customer(schema, display string, targets ...string) *attribute {
	c := base(schema, display, kindLookup)
	c.targets = targets
	c.bind = map[string]string{}
	for _, target := range targets {
		c.bind[c.name+"_"+target] = target
	}
	return c
}

func computed(c *attribute, compute func(t *table, row uint32) cell) *attribute {
	c.compute, c.readOnly = compute, true
	return c
}
