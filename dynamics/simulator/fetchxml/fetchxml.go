// Package fetchxml reads queries in FetchXML
// (https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/).
package fetchxml

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// Query is a fetch element.
type Query struct {
	XMLName   xml.Name `xml:"fetch"`
	Top       int      `xml:"top,attr"`
	Count     int      `xml:"count,attr"`
	Page      int      `xml:"page,attr"`
	Aggregate bool     `xml:"aggregate,attr"`
	WithTotal bool     `xml:"returntotalrecordcount,attr"`
	Entity    Entity   `xml:"entity"`
}

// Entity names the table, and what is wanted of it.
type Entity struct {
	Name       string      `xml:"name,attr"`
	All        *struct{}   `xml:"all-attributes"`
	Attributes []Attribute `xml:"attribute"`
	Orders     []Order     `xml:"order"`
	Filters    []Filter    `xml:"filter"`
	Links      []struct{}  `xml:"link-entity"`
}

// Attribute is a column that is wanted.
type Attribute struct {
	Name string `xml:"name,attr"`
}

// Order sorts by a column.
type Order struct {
	Attribute  string `xml:"attribute,attr"`
	Descending bool   `xml:"descending,attr"`
}

// Filter joins conditions and other filters.
type Filter struct {
	Type       string      `xml:"type,attr"` // and (or empty), or
	Conditions []Condition `xml:"condition"`
	Filters    []Filter    `xml:"filter"`
}

// Condition compares a column.
type Condition struct {
	Attribute string   `xml:"attribute,attr"`
	Operator  string   `xml:"operator,attr"`
	Value     string   `xml:"value,attr"`
	Values    []string `xml:"value"`
}

// Operands are the values of a condition, wherever they stand.
func (c Condition) Operands() []string {
	if len(c.Values) > 0 {
		return c.Values
	}
	return []string{c.Value}
}

// Parse reads one query, and nothing behind it.
func Parse(text string) (Query, error) {
	var q Query
	decoder := xml.NewDecoder(strings.NewReader(text))
	if err := decoder.Decode(&q); err != nil {
		return q, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return q, errors.New("text behind the query")
	}
	if q.Entity.Name == "" {
		return q, errors.New("it names no entity")
	}
	return q, nil
}
