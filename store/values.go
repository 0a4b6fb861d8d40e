package store

import (
	"audienceflow/store/sqldb"
	"cmp"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"
)

// value is one mapped attribute of a contact: nil text is null. asOf dates it in the ledger.
type value struct {
	column string
	text   *string
	asOf   int64
}

// values are attributes of one contact by column name, each column once.
type values []value

// parseValues reads a JSON object of column -> string or null and dates all of it.
func parseValues(text string, asOf int64) values {
	if text == "" || text == emptyAttributes {
		return nil
	}
	const usual = 8
	vs, texts := make(values, 0, usual), make([]string, 0, usual)
	gjson.Parse(text).ForEach(func(name, v gjson.Result) bool {
		entry := value{column: name.String(), asOf: asOf}
		if v.Type != gjson.Null {
			if len(texts) == cap(texts) {
				texts = make([]string, 0, usual)
			}
			texts = append(texts, v.String())
			entry.text = &texts[len(texts)-1]
		}
		vs = append(vs, entry)
		return true
	})
	if !slices.IsSortedFunc(vs, byColumn) {
		slices.SortStableFunc(vs, byColumn)
	}
	return vs
}

// ledgerValues is what the ledger of values knows of a contact; attributes are "" where it knows nothing.
type ledgerValues struct {
	attributes string
	asOf       int64
	other      string // dates of values that have another one
}

func (l *ledgerValues) values() values {
	vs := parseValues(l.attributes, l.asOf)
	if l.other == "" {
		return vs
	}
	gjson.Parse(l.other).ForEach(func(name, v gjson.Result) bool {
		if i := vs.find(name.String()); i >= 0 {
			vs[i].asOf = v.Int()
		}
		return true
	})
	return vs
}

func byColumn(a, b value) int { return cmp.Compare(a.column, b.column) }

// find gives the place of a column, or -1.
func (vs values) find(column string) int {
	for i := range vs { // a handful: a loop beats a search
		if vs[i].column == column {
			return i
		}
	}
	return -1
}

// with gives the ledger's values after those of a row, which replace what is there of the same columns.
func (vs values) with(newer values) values {
	merged := make(values, 0, len(vs)+len(newer))
	i, j := 0, 0
	for i < len(vs) || j < len(newer) {
		switch {
		case j == len(newer) || i < len(vs) && vs[i].column < newer[j].column:
			merged = append(merged, vs[i])
			i++
		case i == len(vs) || newer[j].column < vs[i].column:
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
func (vs values) ledger() ledgerValues {
	l := ledgerValues{asOf: sqldb.Oldest}
	for _, v := range vs {
		l.asOf = max(l.asOf, v.asOf)
	}
	var others []byte
	text := []byte{'{'}
	for i, v := range vs {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendField(text, v.column, v.text)
		if v.asOf != l.asOf {
			others = append(gjson.AppendJSONString(append(others, ','), v.column), ':')
			others = strconv.AppendInt(others, v.asOf, 10)
		}
	}
	if others != nil {
		others[0] = '{'
		l.other = string(append(others, '}'))
	}
	l.attributes = string(append(text, '}'))
	return l
}

// sameBut reports whether both hold the same values, and whether all dates are the same too.
func (vs values) same(other values) (texts, dates bool) {
	if len(vs) != len(other) {
		return false, false
	}
	dates = true
	for i := range vs {
		if vs[i].column != other[i].column || !equal(vs[i].text, other[i].text) {
			return false, false
		}
		dates = dates && vs[i].asOf == other[i].asOf
	}
	return true, dates
}

// oneDate gives the date that all values share.
func (vs values) oneDate() (int64, bool) {
	for i := range vs {
		if vs[i].asOf != vs[0].asOf {
			return 0, false
		}
	}
	return vs[0].asOf, true
}

func equal(a, b *string) bool {
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
