package dynamics

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/tidwall/gjson"
)

const (
	opTable    = "read contact's columns"
	attributes = "EntityDefinitions(LogicalName='contact')/Attributes"
	baseSelect = "LogicalName,SchemaName,AttributeType,DisplayName,IsCustomAttribute,IsValidForRead,IsValidForUpdate,IsSecured,SourceType,AttributeOf"
	castPrefix = typePrefix
	// entityContext begins the context of metadata.
	entityContext = "EntityDefinitions"
)

// cast is one request for what columns of a type have beyond the base properties; labels and limits
// are only there when the type is named in the address.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api#filter-by-the-type-of-table-properties
type cast struct {
	name     string
	query    string
	property string // that every column of the type has
	apply    func(a *attribute, v gjson.Result)
}

func casts() []cast {
	const options = "?$select=LogicalName&$expand=OptionSet($select=Options)"
	return []cast{
		{"StringAttributeMetadata", "?$select=LogicalName,MaxLength", "MaxLength", applyLength},
		{"MemoAttributeMetadata", "?$select=LogicalName,MaxLength", "MaxLength", applyLength},
		{"IntegerAttributeMetadata", "?$select=LogicalName,MinValue,MaxValue", "MinValue", applyRange},
		{"BigIntAttributeMetadata", "?$select=LogicalName,MinValue,MaxValue", "MinValue", applyRange},
		{"DecimalAttributeMetadata", "?$select=LogicalName,MinValue,MaxValue,Precision", "MinValue", applyRange},
		{"DoubleAttributeMetadata", "?$select=LogicalName,MinValue,MaxValue,Precision", "MinValue", applyRange},
		{"MoneyAttributeMetadata", "?$select=LogicalName,MinValue,MaxValue,Precision", "MinValue", applyRange},
		{"DateTimeAttributeMetadata", "?$select=LogicalName,DateTimeBehavior", "DateTimeBehavior", applyBehavior},
		{"PicklistAttributeMetadata", options, "OptionSet", applyOptions},
		{"MultiSelectPicklistAttributeMetadata", options, "OptionSet", applyOptions},
		{"StateAttributeMetadata", options, "OptionSet", applyOptions},
		{"StatusAttributeMetadata", options, "OptionSet", applyOptions},
		{"BooleanAttributeMetadata", "?$select=LogicalName&$expand=OptionSet($select=TrueOption,FalseOption)", "OptionSet", applyTwoOptions},
		{"LookupAttributeMetadata", "?$select=LogicalName,Targets", "Targets", applyTargets},
	}
}

// attribute is a column together with what decides whether and how it can be used.
type attribute struct {
	Column
	labels     []string // display names in all languages
	readable   bool
	updatable  bool
	calculated bool // calculated or rollup
	partOf     string
	kind       string   // AttributeType as the metadata names it
	targets    []string // tables that a lookup may point to
	lookups    []Lookup
}

// Table reads contact's columns: one request for all, and one for each type that has limits or
// labels of its own. A cast that the environment does not know leaves the columns of that type
// without limits.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
func (c *Client) Table(ctx context.Context) (*Table, error) {
	// What was created a moment ago is to be seen.
	q := query{op: opTable, context: entityContext, path: attributes + "?$select=" + baseSelect, header: http.Header{"Consistency": {"Strong"}}}
	_, entries, err := c.list(ctx, q, "LogicalName")
	if err != nil {
		return nil, err
	}
	t := &Table{byName: map[string]*attribute{}}
	for _, v := range entries {
		t.add(readAttribute(v))
	}
	if len(t.all) == 0 {
		return nil, c.unlike(q)
	}
	header := q.header
	if err := c.readCasts(ctx, t, header); err != nil {
		return nil, err
	}
	return t, c.readLookups(ctx, t)
}

// readCasts asks for all types at once.
func (c *Client) readCasts(ctx context.Context, t *Table, header http.Header) error {
	all := casts()
	lists, errs := make([][]gjson.Result, len(all)), make([]error, len(all))
	var group sync.WaitGroup
	for i, k := range all {
		group.Go(func() {
			q := query{op: opTable, context: entityContext, path: attributes + "/" + castPrefix + k.name + k.query, header: header}
			_, lists[i], errs[i] = c.list(ctx, q, "LogicalName", k.property)
		})
	}
	group.Wait()
	for i, k := range all {
		if errs[i] != nil {
			if !unknownToServer(errs[i]) {
				return errs[i]
			}
			continue
		}
		for _, v := range lists[i] {
			if a := t.byName[v.Get("LogicalName").String()]; a != nil {
				k.apply(a, v)
			}
		}
	}
	return nil
}

// unknownToServer is true if the server does not know the resource, so that one can do without it.
func unknownToServer(err error) bool {
	var e *Error
	if !errors.As(err, &e) || !e.said {
		return false
	}
	switch e.StatusCode {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return false
}

// readLookups finds the navigation property by which each lookup is written.
// https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-navigation-properties
func (c *Client) readLookups(ctx context.Context, t *Table) error {
	if !t.hasLookups() {
		return nil
	}
	const path = "EntityDefinitions(LogicalName='contact')/ManyToOneRelationships?$select=ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName"
	_, relations, err := c.list(ctx, query{op: opTable, path: path}, "ReferencingAttribute")
	if err != nil {
		return ifNeeded(err)
	}
	const paths = "EntityDefinitions?$select=LogicalName,EntitySetName"
	_, sets, err := c.list(ctx, query{op: opTable, path: paths, context: entityContext}, "LogicalName")
	if err != nil {
		return ifNeeded(err)
	}
	setOf := map[string]string{}
	for _, v := range sets {
		setOf[v.Get("LogicalName").String()] = v.Get("EntitySetName").String()
	}
	for _, v := range relations {
		a := t.byName[v.Get("ReferencingAttribute").String()]
		l := Lookup{Table: v.Get("ReferencedEntity").String(), Navigation: v.Get("ReferencingEntityNavigationPropertyName").String()}
		l.EntitySet = setOf[l.Table]
		if a != nil && l.Navigation != "" && l.EntitySet != "" {
			a.lookups = append(a.lookups, l)
		}
	}
	return nil
}

// ifNeeded lets pass what is only missed once somebody maps to a lookup.
func ifNeeded(err error) error {
	if unknownToServer(err) {
		return nil
	}
	return err
}

func readAttribute(v gjson.Result) *attribute {
	a := &attribute{
		Column: Column{
			LogicalName: v.Get("LogicalName").String(),
			SchemaName:  v.Get("SchemaName").String(),
			Custom:      v.Get("IsCustomAttribute").Bool(),
			Secured:     v.Get("IsSecured").Bool(),
		},
		readable:   isTrueOrAbsent(v.Get("IsValidForRead")),
		updatable:  isTrueOrAbsent(v.Get("IsValidForUpdate")),
		calculated: v.Get("SourceType").Int() != 0,
		partOf:     v.Get("AttributeOf").String(),
		kind:       v.Get("AttributeType").String(),
	}
	if a.kind == "" {
		a.kind = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(v.Get(`@odata\.type`).String(), "#"), castPrefix), "AttributeMetadata")
	}
	a.labels = readLabels(v.Get("DisplayName"))
	if len(a.labels) > 0 {
		a.DisplayName = a.labels[0]
	}
	a.Type = typeOf(a.kind)
	return a
}

func isTrueOrAbsent(v gjson.Result) bool { return !v.Exists() || v.Type == gjson.Null || v.Bool() }

// readLabels gives a label in all languages, the user's own first.
func readLabels(v gjson.Result) []string {
	var labels []string
	seen := map[string]bool{"": true}
	for _, l := range append(v.Get("UserLocalizedLabel").Array(), v.Get("LocalizedLabels").Array()...) {
		if text := l.Get("Label").String(); !seen[text] {
			seen[text] = true
			labels = append(labels, text)
		}
	}
	return labels
}

func typeOf(kind string) Type {
	switch kind {
	case "String":
		return TypeString
	case "Memo":
		return TypeMemo
	case "Integer":
		return TypeInteger
	case "BigInt":
		return TypeBigInt
	case "Decimal":
		return TypeDecimal
	case "Double":
		return TypeDouble
	case "Money":
		return TypeMoney
	case "Boolean":
		return TypeBoolean
	case "DateTime":
		return TypeDateTime
	case "Picklist", "State", "Status":
		return TypeChoice
	case "MultiSelectPicklist":
		return TypeChoices
	case "Lookup", "Customer", "Owner":
		return TypeLookup
	case "Uniqueidentifier":
		return TypeGUID
	}
	return TypeOther
}
