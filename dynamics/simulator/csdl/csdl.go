// Package csdl writes the entity model of an OData service, which $metadata answers with
// (https://docs.oasis-open.org/odata/odata/v4.0/os/part3-csdl/odata-v4.0-os-part3-csdl.html).
package csdl

import "encoding/xml"

// Schema is the one schema of a model. Names of its types are written with the alias.
type Schema struct {
	XMLName   xml.Name      `xml:"http://docs.oasis-open.org/odata/ns/edm Schema"`
	Namespace string        `xml:"Namespace,attr"`
	Alias     string        `xml:"Alias,attr"`
	Enums     []EnumType    `xml:"EnumType"`
	Complex   []ComplexType `xml:"ComplexType"`
	Entities  []EntityType  `xml:"EntityType"`
	Actions   []Operation   `xml:"Action"`
	Functions []Operation   `xml:"Function"`
	Container Container     `xml:"EntityContainer"`
}

// EntityType is a kind of row.
type EntityType struct {
	Name        string       `xml:"Name,attr"`
	BaseType    string       `xml:"BaseType,attr,omitempty"`
	Abstract    bool         `xml:"Abstract,attr,omitempty"`
	Key         *Key         `xml:"Key"`
	Properties  []Property   `xml:"Property"`
	Navigations []Navigation `xml:"NavigationProperty"`
}

// Key names the property that tells rows apart.
type Key struct {
	Property Ref `xml:"PropertyRef"`
}

// KeyOf makes the key of one property.
func KeyOf(name string) *Key { return &Key{Ref{name}} }

// Ref names a property.
type Ref struct {
	Name string `xml:"Name,attr"`
}

// Property is a value of a row or of a complex type.
type Property struct {
	Name      string `xml:"Name,attr"`
	Type      string `xml:"Type,attr"`
	Nullable  string `xml:"Nullable,attr,omitempty"` // "false", or empty for true
	MaxLength int    `xml:"MaxLength,attr,omitempty"`
	Scale     string `xml:"Scale,attr,omitempty"`
}

// NotNull is the Nullable of what always has a value.
const NotNull = "false"

// Navigation leads to a row, or to several.
type Navigation struct {
	Name       string      `xml:"Name,attr"`
	Type       string      `xml:"Type,attr"`
	Nullable   string      `xml:"Nullable,attr,omitempty"`
	Partner    string      `xml:"Partner,attr,omitempty"`
	Constraint *Constraint `xml:"ReferentialConstraint"`
}

// Constraint says which property holds the key of the row that a navigation leads to.
type Constraint struct {
	Property   string `xml:"Property,attr"`
	Referenced string `xml:"ReferencedProperty,attr"`
}

// ComplexType is a value with parts.
type ComplexType struct {
	Name       string     `xml:"Name,attr"`
	BaseType   string     `xml:"BaseType,attr,omitempty"`
	Properties []Property `xml:"Property"`
}

// EnumType is a value out of a list.
type EnumType struct {
	Name    string   `xml:"Name,attr"`
	IsFlags bool     `xml:"IsFlags,attr,omitempty"`
	Members []Member `xml:"Member"`
}

// Member is one value of an EnumType.
type Member struct {
	Name  string `xml:"Name,attr"`
	Value int    `xml:"Value,attr"`
}

// Operation is an action or a function. A bound one has what it is bound to as its first parameter.
type Operation struct {
	Name       string     `xml:"Name,attr"`
	IsBound    bool       `xml:"IsBound,attr,omitempty"`
	Parameters []Property `xml:"Parameter"`
	Return     *Return    `xml:"ReturnType"`
}

// Return is the type of what an operation gives back.
type Return struct {
	Type     string `xml:"Type,attr"`
	Nullable string `xml:"Nullable,attr,omitempty"`
}

// Container holds what can be addressed.
type Container struct {
	Name      string   `xml:"Name,attr"`
	Sets      []Set    `xml:"EntitySet"`
	Functions []Import `xml:"FunctionImport"`
}

// Set is an entity set.
type Set struct {
	Name     string    `xml:"Name,attr"`
	Type     string    `xml:"EntityType,attr"`
	Bindings []Binding `xml:"NavigationPropertyBinding"`
}

// Binding says in which set a navigation leads.
type Binding struct {
	Path   string `xml:"Path,attr"`
	Target string `xml:"Target,attr"`
}

// Import makes an unbound function addressable.
type Import struct {
	Name     string `xml:"Name,attr"`
	Function string `xml:"Function,attr"`
}

// The envelope's prefix is the usual one: some readers know no other.
const (
	head = xml.Header + `<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>`
	tail = `</edmx:DataServices></edmx:Edmx>`
)

// Document writes the model.
func (s Schema) Document() ([]byte, error) {
	body, err := xml.Marshal(s)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(head), body...), tail...), nil
}
