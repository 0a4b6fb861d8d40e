package ledger

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"audienceflow/store/sqldb"
)

// EmptyAttributes is what a row without mapped values has.
const EmptyAttributes = "{}"

// Attribute is one mapped attribute of a contact: nil text is null. asOf dates it in the ledger.
type Attribute struct {
	Column string
	Text   *string
	AsOf   int64
}

// Attributes are attributes of one contact by column name, each column once.
type Attributes []Attribute

// ParseAttributes reads a JSON object of column -> string or null and dates all of it.
func ParseAttributes(text string, asOf int64) Attributes {
	if text == "" || text == EmptyAttributes {
		return nil
	}
	const usual = 8
	vs, texts := make(Attributes, 0, usual), make([]string, 0, usual)
	gjson.Parse(text).ForEach(func(name, v gjson.Result) bool {
		entry := Attribute{Column: name.String(), AsOf: asOf}
		if v.Type != gjson.Null {
			if len(texts) == cap(texts) {
				texts = make([]string, 0, usual)
			}
			texts = append(texts, v.String())
			entry.Text = &texts[len(texts)-1]
		}
		vs = append(vs, entry)
		return true
	})
	if !slices.IsSortedFunc(vs, byColumn) {
		slices.SortStableFunc(vs, byColumn)
	}
	return vs
}

// Values is what the ledger of values knows of a contact; attributes are "" where it knows nothing.
type Values struct {
	Attributes string
	AsOf       int64
	Other      string // dates of values that have another one
}

// Parse gives the values by column.
func (l *Values) Parse() Attributes {
	vs := ParseAttributes(l.Attributes, l.AsOf)
	if l.Other == "" {
		return vs
	}
	gjson.Parse(l.Other).ForEach(func(name, v gjson.Result) bool {
		if i := vs.Find(name.String()); i >= 0 {
			vs[i].AsOf = v.Int()
		}
		return true
	})
	return vs
}

func byColumn(a, b Attribute) int { return cmp.Compare(a.Column, b.Column) }

// Find gives the place of a column, or -1.
func (vs Attributes) Find(column string) int {
	for i := range vs { // a handful: a loop beats a search
		if vs[i].Column == column {
			return i
		}
	}
	return -1
}

// with gives the ledger's values after those of a row, which replace what is there of the same
// columns.
func (vs Attributes) with(newer Attributes) Attributes {
	merged := make(Attributes, 0, len(vs)+len(newer))
	i, j := 0, 0
	for i < len(vs) || j < len(newer) {
		switch {
		case j == len(newer) || i < len(vs) && vs[i].Column < newer[j].Column:
			merged = append(merged, vs[i])
			i++
		case i == len(vs) || newer[j].Column < vs[i].Column:
			merged = append(merged, newer[j])
			j++
		default:
			merged = append(merged, newer[j])
			i++
			j++
		}
	}
	return merged
}

// ledger puts the values together as the ledger has them.
func (vs Attributes) ledger() Values {
	l := Values{AsOf: sqldb.Oldest}
	for _, v := range vs {
		l.AsOf = max(l.AsOf, v.AsOf)
	}
	var others []byte
	text := []byte{'{'}
	for i, v := range vs {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendField(text, v.Column, v.Text)
		if v.AsOf != l.AsOf {
			others = append(gjson.AppendJSONString(append(others, ','), v.Column), ':')
			others = strconv.AppendInt(others, v.AsOf, 10)
		}
	}
	if others != nil {
		others[0] = '{'
		l.Other = string(append(others, '}'))
	}
	l.Attributes = string(append(text, '}'))
	return l
}

// sameBut reports whether both hold the same values, and whether all dates are the same too.
func (vs Attributes) same(other Attributes) (texts, dates bool) {
	if len(vs) != len(other) {
		return false, false
	}
	dates = true
	for i := range vs {
		if vs[i].Column != other[i].Column || !Equal(vs[i].Text, other[i].Text) {
			return false, false
		}
		dates = dates && vs[i].AsOf == other[i].AsOf
	}
	return true, dates
}

// oneDate gives the date that all values share.
func (vs Attributes) oneDate() (int64, bool) {
	for i := range vs {
		if vs[i].AsOf != vs[0].AsOf {
			return 0, false
		}
	}
	return vs[0].AsOf, true
}

// Equal compares two values; nil is an empty column.
func Equal(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func appendField(to []byte, name string, text *string) []byte {
	to = append(gjson.AppendJSONString(to, name), ':')
	if text == nil {
		return append(to, "null"...)
	}
	return gjson.AppendJSONString(to, *text)
}
