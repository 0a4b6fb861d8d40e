package dynamics

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// appendAssignment writes one property of a row as the Web API takes it: numbers and booleans bare,
// lookups bound by their navigation property, null to clear.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api
func appendAssignment(b []byte, a Assignment) ([]byte, error) {
	c := a.Column
	if c.Type == TypeLookup {
		return appendBinding(b, a)
	}
	b = gjson.AppendJSONString(b, c.LogicalName)
	b = append(b, ':')
	if a.Value == nil {
		return append(b, "null"...), nil
	}
	value := *a.Value
	switch c.Type {
	case TypeString, TypeMemo, TypeDate, TypeDateTime, TypeChoices, TypeGUID:
		return gjson.AppendJSONString(b, value), nil
	case TypeInteger, TypeBigInt, TypeDecimal, TypeMoney, TypeDouble, TypeChoice, TypeBoolean:
		if !json.Valid([]byte(value)) || strings.HasPrefix(value, `"`) {
			return nil, &ValueError{Column: c.LogicalName, Reason: "not in canonical form"}
		}
		return append(b, value...), nil
	}
	return nil, &ValueError{Column: c.LogicalName, Reason: "this type of column cannot be written"}
}

func appendBinding(b []byte, a Assignment) ([]byte, error) {
	l := a.Column.Lookup
	if l == nil {
		return nil, &ValueError{Column: a.Column.LogicalName, Reason: "it is not known which table this lookup points to"}
	}
	b = gjson.AppendJSONString(b, l.Navigation+"@odata.bind")
	b = append(b, ':')
	if a.Value == nil {
		return append(b, "null"...), nil
	}
	id, ok := parseGUID(*a.Value)
	if !ok {
		return nil, &ValueError{Column: a.Column.LogicalName, Reason: "not in canonical form"}
	}
	return gjson.AppendJSONString(b, fmt.Sprintf("%s(%s)", l.EntitySet, id)), nil
}

// appendValues writes the changed properties of a row, without the braces around them.
func appendValues(b []byte, values []Assignment) ([]byte, error) {
	var err error
	for i, a := range values {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendAssignment(b, a); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// property is the name under which the Web API gives the column back.
func (c Column) property() string {
	if c.Type == TypeLookup {
		return "_" + c.LogicalName + "_value"
	}
	return c.LogicalName
}

// decode turns what the Web API gave back into the canonical form. A value that is not canonical
// for the column (longer than it may be now, an option that was removed) is given as it is: it is
// what Dynamics holds.
func (c Column) decode(v gjson.Result) *string {
	if !v.Exists() || v.Type == gjson.Null {
		return nil
	}
	text := v.Raw
	if v.Type == gjson.String {
		text = v.Str
	}
	if text == "" {
		return nil
	}
	if canonical, err := c.Canonical(text); err == nil {
		text = canonical
	}
	return &text
}
