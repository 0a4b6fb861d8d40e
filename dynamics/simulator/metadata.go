package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// entityDefinitions answers the metadata queries
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api).
func (c *call) entityDefinitions(segments []pathSegment) (*reply, *apiError) {
	c.kind = "metadata"
	if c.method != http.MethodGet {
		return nil, wrongMethod(c.method)
	}
	if err := c.privileged("prvReadEntity", entityTypeCode, "entity"); err != nil {
		return nil, err
	}
	c.work(0)
	if !segments[0].call {
		if len(segments) > 1 {
			return nil, noSegment(segments[1].String())
		}
		return c.listEntities()
	}
	t, err := c.entityByKey(segments[0].args)
	if err != nil {
		return nil, err
	}
	rest := segments[1:]
	if len(rest) == 0 {
		return c.metadataItem("EntityDefinitions", "EntityMetadata", c.entityObject(t), nil)
	}
	key := "'" + t.logical + "'"
	if id, isID := parseGUID(strings.TrimPrefix(segments[0].args, "MetadataId=")); isID {
		key = id.String() // the context repeats the key that was given
	}
	name := "EntityDefinitions(" + key + ")/" + rest[0].name
	switch rest[0].name {
	case "Attributes":
		return c.attributes(t, name, rest)
	case "Keys":
		return c.metadataList(name, "EntityKeyMetadata", t.keyObjects(), false)
	case "ManyToOneRelationships":
		return c.metadataList(name, relationshipType, t.manyToOne(), false)
	case "OneToManyRelationships":
		return c.metadataList(name, relationshipType, c.server.db.oneToMany(t), false)
	case "ManyToManyRelationships":
		return c.metadataList(name, "ManyToManyRelationshipMetadata", nil, false)
	default:
		return nil, noSegment(rest[0].String())
	}
}

func (c *call) listEntities() (*reply, *apiError) {
	var items []object
	for _, t := range c.server.db.inOrder() {
		items = append(items, c.entityObject(t))
	}
	return c.metadataList("EntityDefinitions", "EntityMetadata", items, false)
}

func (c *call) entityByKey(args string) (*table, *apiError) {
	name, given := strings.CutPrefix(args, "LogicalName=")
	name = strings.Trim(name, "'")
	id, isID := parseGUID(strings.TrimPrefix(args, "MetadataId="))
	for _, t := range c.server.db.tables {
		if given && t.logical == name || isID && t.id == id {
			return t, nil
		}
	}
	if !given && !isID {
		return nil, badRequest("The key '%s' is not valid for EntityDefinitions.", args)
	}
	return nil, noEntity(name)
}

// attributes answers .../Attributes, one attribute, and both with a cast to a type.
func (c *call) attributes(t *table, name string, segments []pathSegment) (*reply, *apiError) {
	if err := c.privileged("prvReadAttribute", attributeTypeCode, "attribute"); err != nil {
		return nil, err
	}
	cast := ""
	if len(segments) == 2 {
		cast = strings.TrimPrefix(segments[1].name, functionPrefix)
		name += "/" + segments[1].name
		if !slices.Contains(castable, cast) {
			return nil, noSegment(segments[1].String())
		}
	}
	if len(segments) > 2 {
		return nil, noSegment(segments[2].String())
	}
	columns := slices.Clone(t.columns)
	slices.SortFunc(columns, byLogicalName)
	if cast != "" {
		columns = slices.DeleteFunc(columns, func(column *attribute) bool { return column.metadataType() != cast })
	}
	if segments[0].call {
		return c.attribute(t, name, segments[0].args, columns, cast != "")
	}
	items := make([]object, len(columns))
	for i, column := range columns {
		items[i] = column.metadata(t)
	}
	kind := baseAttribute
	if cast != "" {
		kind = cast
	}
	return c.metadataList(name, kind, items, cast == "")
}

func (c *call) attribute(t *table, name, args string, columns []*attribute, cast bool) (*reply, *apiError) {
	wanted, given := strings.CutPrefix(args, "LogicalName=")
	wanted = strings.Trim(wanted, "'")
	id, isID := parseGUID(strings.TrimPrefix(args, "MetadataId="))
	for _, column := range columns {
		if !(given && column.name == wanted || isID && column.id == id) {
			continue
		}
		item := column.metadata(t)
		if !cast {
			return c.metadataItem(name, baseAttribute, item, &jsonMember{typeMember, "#" + functionPrefix + column.metadataType()})
		}
		return c.metadataItem(name, column.metadataType(), item, nil)
	}
	if t.byName[wanted] != nil {
		return nil, noSegment(name[strings.LastIndexByte(name, '/')+1:]) // it is of another type than the cast's
	}
	return nil, noAttribute(t, wanted)
}

// baseAttribute is the type of attributes without a cast: it has none of the types' own properties.
const baseAttribute = "AttributeMetadata"

// typeMember carries the @odata.type of an uncast attribute through filtering and selecting.
const typeMember = "@odata.type"

// metadataList answers with all matches: metadata knows no pages.
func (c *call) metadataList(name, kind string, items []object, typed bool) (*reply, *apiError) {
	values := parameters(c.query)
	if err := checkOptions(values); err != nil {
		return nil, err
	}
	set := &fixedSet{name: kind, items: items}
	items, err := set.query(values)
	if err != nil {
		return nil, err
	}
	shaped := make([]object, len(items))
	for i, item := range items {
		if shaped[i], err = shapeMetadata(kind, item, values, typed); err != nil {
			return nil, err
		}
	}
	return c.json(http.StatusOK, appendAny(nil, object{
		{"@odata.context", c.context(name + listed(values))}, {"value", shaped},
	})), nil
}

func (c *call) metadataItem(name, kind string, item object, typed *jsonMember) (*reply, *apiError) {
	values := parameters(c.query)
	if err := checkOptions(values); err != nil {
		return nil, err
	}
	shaped, err := shapeMetadata(kind, item, values, false)
	if err != nil {
		return nil, err
	}
	body := object{{"@odata.context", c.context(name + listed(values) + "/$entity")}}
	if typed != nil {
		body = append(body, *typed)
	}
	return c.json(http.StatusOK, appendAny(nil, append(body, shaped...))), nil
}

// listed is the selection as the context shows it: (LogicalName,OptionSet(Options)).
func listed(values map[string]string) string {
	parts := []string{}
	if s := values["$select"]; s != "" {
		parts = append(parts, strings.ReplaceAll(s, " ", ""))
	}
	for _, part := range splitOutside(values["$expand"], ',') {
		if part == "" {
			continue
		}
		name, options, _ := strings.Cut(part, "(")
		parts = append(parts, name+"("+strings.TrimSuffix(strings.TrimPrefix(options, "$select="), ")")+")")
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ",") + ")"
}

// navigations are the members of metadata that are shown only when expanded.
var navigations = []string{
	"OptionSet", "GlobalOptionSet", "Attributes", "Keys", "ManyToOneRelationships", "OneToManyRelationships", "ManyToManyRelationships",
}

// shapeMetadata applies $select and $expand. MetadataId always comes along.
func shapeMetadata(kind string, item object, values map[string]string, typed bool) (object, *apiError) {
	shaped := object{}
	if v, ok := item.get(typeMember); ok && typed {
		shaped = append(shaped, jsonMember{typeMember, v})
	}
	selected := map[string]bool{}
	for name := range strings.SplitSeq(values["$select"], ",") {
		name = strings.TrimSpace(name)
		_, known := item.get(name)
		if kind == baseAttribute && slices.Contains(typedNames, name) {
			known = false // it belongs to a type, and takes a cast
		}
		if name != "" && name != "*" && !known {
			return nil, unknownQueryProperty(kind, name)
		}
		selected[name] = true
	}
	all := values["$select"] == "" || selected["*"]
	for _, m := range item {
		if m.name == typeMember || slices.Contains(navigations, m.name) {
			continue
		}
		if all || selected[m.name] || m.name == "MetadataId" {
			shaped = append(shaped, m)
		}
	}
	return expandMetadata(kind, shaped, item, values["$expand"])
}

func expandMetadata(kind string, shaped, item object, expand string) (object, *apiError) {
	for _, part := range splitOutside(expand, ',') {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, options, _ := strings.Cut(part, "(")
		inner := map[string]string{}
		for _, option := range splitOutside(strings.TrimSuffix(options, ")"), ';') {
			key, value, _ := strings.Cut(option, "=")
			inner[strings.TrimSpace(key)] = value
		}
		v, known := item.get(name)
		if !known && !slices.Contains(navigations, name) {
			return nil, unknownQueryProperty(kind, name)
		}
		switch v := v.(type) {
		case object:
			sub, err := shapeMetadata(name, v, inner, false)
			if err != nil {
				return nil, err
			}
			shaped = append(shaped, jsonMember{name, sub})
		case []object:
			list, err := (&fixedSet{name: name, items: v}).query(inner)
			if err != nil {
				return nil, err
			}
			subs := make([]object, len(list))
			for i := range list {
				if subs[i], err = shapeMetadata(name, list[i], inner, true); err != nil {
					return nil, err
				}
			}
			shaped = append(shaped, jsonMember{name, subs})
		default:
			shaped = append(shaped, jsonMember{name, nil})
		}
	}
	return shaped, nil
}
