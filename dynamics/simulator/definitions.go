package simulator

import (
	"net/http"
	"strings"
)

// definitionSet is a set of metadata beside EntityDefinitions.
type definitionSet struct {
	base  string // the type of its items without a cast
	kind  string // the type that they all are
	key   string // the alternate key, by which people know them
	items []object
}

func (c *call) definitionSet(name string) definitionSet {
	if name == "GlobalOptionSetDefinitions" {
		return definitionSet{"OptionSetMetadataBase", "OptionSetMetadata", "Name", globalOptionSets()}
	}
	var items []object
	for _, t := range c.server.db.inOrder() {
		items = append(items, t.manyToOne()...)
	}
	return definitionSet{"RelationshipMetadataBase", relationshipType, "SchemaName", items}
}

// definitions answers for relationships and global choices: all of them, or one by its name or its
// MetadataId, also cast to their type
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api).
func (c *call) definitions(segments []pathSegment) (*reply, *apiError) {
	c.kind = "metadata"
	if c.method != http.MethodGet {
		return nil, wrongMethod(c.method)
	}
	c.work(0)
	first, rest := segments[0], segments[1:]
	set := c.definitionSet(first.name)
	name, kind := first.name, set.base
	if len(rest) == 1 && strings.HasPrefix(rest[0].name, functionPrefix) {
		name += "/" + rest[0].name
		kind = strings.TrimPrefix(rest[0].name, functionPrefix)
		if kind == "ManyToManyRelationshipMetadata" && set.kind == relationshipType {
			set.items = nil // the tables here have none
		} else if kind != set.kind {
			return nil, noSegment(rest[0].String())
		}
	} else if len(rest) > 0 {
		return nil, noSegment(rest[0].String())
	}
	if !first.call {
		return c.metadataList(name, kind, set.typed(kind), kind == set.base)
	}
	item, err := set.find(first.args)
	if err != nil {
		return nil, err
	}
	if kind != set.base {
		return c.metadataItem(name, kind, item, nil)
	}
	return c.metadataItem(name, kind, item, &jsonMember{typeMember, "#" + functionPrefix + set.kind})
}

// typed gives the items with their type where no cast says it.
func (s definitionSet) typed(kind string) []object {
	if kind != s.base {
		return s.items
	}
	items := make([]object, len(s.items))
	for i, item := range s.items {
		items[i] = append(object{{typeMember, "#" + functionPrefix + s.kind}}, item...)
	}
	return items
}

func (s definitionSet) find(args string) (object, *apiError) {
	name, given := strings.CutPrefix(args, s.key+"=")
	name = strings.Trim(name, "'")
	id, isID := parseGUID(strings.TrimPrefix(args, "MetadataId="))
	if !given && !isID {
		return nil, badRequest("The key '%s' is not valid.", args)
	}
	for _, item := range s.items {
		own, _ := item.get(s.key)
		metadataID, _ := item.get("MetadataId")
		if given && own == name || isID && metadataID == id.String() {
			return item, nil
		}
	}
	return nil, fail(http.StatusNotFound, codeMissing, "Could not find %s with %s %s.", s.kind, s.key, name)
}

// globalOptionSets are a few of those that every environment has; no column of contact is of them.
func globalOptionSets() []object {
	var list []object
	for _, set := range []struct {
		name, display string
		labels        []string
	}{
		{"budgetstatus", "Budget", []string{"No Committed Budget", "May Buy", "Can Buy", "Will Buy"}},
		{"purchaseprocess", "Purchase Process", []string{"Individual", "Committee", "Unknown"}},
		{"purchasetimeframe", "Purchase Timeframe", []string{"Immediate", "This Quarter", "Next Quarter", "This Year", "Unknown"}},
	} {
		c := choice(set.name, set.display)
		for n, label := range set.labels {
			c.options = append(c.options, optionItem{int64(n), label})
		}
		options := make([]object, len(c.options))
		for i, o := range c.options {
			options[i] = c.option(o)
		}
		list = append(list, object{
			{"MetadataId", namedID("choice " + set.name).String()}, {"Name", set.name}, {"IsGlobal", true}, {"IsCustomOptionSet", false},
			{"IsManaged", true}, {"OptionSetType", "Picklist"}, {"DisplayName", c.localized(set.display, "set")},
			{"Description", c.localized("", "set")}, {"ParentOptionSetName", nil}, {"Options", options},
		})
	}
	return list
}
