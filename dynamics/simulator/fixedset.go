package simulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// fixedSet is a small set that never changes: metadata, or one of the system tables that clients
// look into.
type fixedSet struct {
	name  string // logical name, for error texts
	key   string // primary key; "" for metadata
	items []object
}

// field reads a member of the items; a/b reads b of the member a. Its type is that of the first
// item which has it.
func (f *fixedSet) field(name string) (operandColumn, *apiError) {
	read := func(row uint32) cell { return memberValue(f.items[row], name) }
	for i := range f.items {
		v, found := lookUp(f.items[i], name)
		if !found {
			continue
		}
		switch v := v.(type) {
		case nil:
			continue
		case bool:
			return operandColumn{&attribute{name: name, kind: kindBoolean}, read}, nil
		case int, int64, float64:
			return operandColumn{&attribute{name: name, kind: kindBigInt}, read}, nil
		case string:
			if _, isID := parseGUID(v); isID && strings.HasSuffix(strings.ToLower(name), "id") {
				return operandColumn{&attribute{name: name, kind: kindID}, read}, nil
			}
			return operandColumn{&attribute{name: name, kind: kindString}, read}, nil
		default:
			return operandColumn{}, badRequest("The property '%s' cannot be used in the $filter query option.", name)
		}
	}
	if len(f.items) == 0 || slices.Contains(typedNames, strings.SplitN(name, "/", 2)[0]) {
		return operandColumn{&attribute{name: name, kind: kindString}, func(uint32) cell { return cell{} }}, nil
	}
	return operandColumn{}, unknownQueryProperty(f.name, name)
}

func lookUp(o object, name string) (any, bool) {
	first, rest, nested := strings.Cut(name, "/")
	if v, ok := o.get(name); ok {
		return v, true
	}
	v, ok := o.get(first)
	if inner, isObject := v.(object); nested && ok && isObject {
		return lookUp(inner, rest)
	}
	return v, ok && !nested
}

func memberValue(o object, name string) cell {
	v, _ := lookUp(o, name)
	switch v := v.(type) {
	case bool:
		if v {
			return numValue(1)
		}
		return numValue(0)
	case int:
		return numValue(int64(v))
	case int64:
		return numValue(v)
	case float64:
		return numValue(int64(v))
	case string:
		id, _ := parseGUID(v)
		return cell{set: true, text: v, id: id}
	default:
		return cell{}
	}
}

// query applies $filter, $orderby by nothing, and $top.
func (f *fixedSet) query(values map[string]string) ([]object, *apiError) {
	items := f.items
	if text := values["$filter"]; text != "" {
		n, err := parseFilter(text, values)
		if err != nil {
			return nil, err
		}
		test, err := compile(f, n)
		if err != nil {
			return nil, err
		}
		items = nil
		for i := range f.items {
			if test(uint32(i)) == yes {
				items = append(items, f.items[i])
			}
		}
	}
	if top, err := strconv.Atoi(values["$top"]); err == nil && top >= 0 && top < len(items) {
		items = items[:top]
	}
	return items, nil
}

// fixedSets answers GETs on the small system tables.
func (c *call) fixedSets(segments []pathSegment) (*reply, *apiError) {
	set := c.server.fixed[segments[0].name]
	if set == nil {
		return nil, noSegment(segments[0].String())
	}
	c.kind = "metadata"
	if c.method != http.MethodGet {
		return nil, wrongMethod(c.method)
	}
	if len(segments) == 2 && segments[0].name == "systemusers" && segments[0].call {
		return c.userFunctions(segments[1].name, segments[1].args)
	}
	if len(segments) > 1 {
		return nil, noSegment(segments[1].String())
	}
	c.work(0)
	values := parameters(c.query)
	if err := checkOptions(values); err != nil {
		return nil, err
	}
	if segments[0].call {
		return c.fixedItem(set, segments[0], values)
	}
	items, err := set.query(values)
	if err != nil {
		return nil, err
	}
	shaped := make([]object, len(items))
	for i, item := range items {
		if shaped[i], err = set.shape(item, values["$select"]); err != nil {
			return nil, err
		}
	}
	body := object{{"@odata.context", c.context(segments[0].name + listed(values))}}
	if values["$count"] == "true" {
		body = append(body, jsonMember{"@odata.count", len(shaped)})
	}
	return c.json(http.StatusOK, appendAny(nil, append(body, jsonMember{"value", shaped}))), nil
}

func (c *call) fixedItem(set *fixedSet, s pathSegment, values map[string]string) (*reply, *apiError) {
	id := strings.ToLower(strings.Trim(s.args, "{}'"))
	for _, item := range set.items {
		if v, _ := item.get(set.key); v == id {
			shaped, err := set.shape(item, values["$select"])
			if err != nil {
				return nil, err
			}
			body := object{{"@odata.context", c.context(s.name + listed(values) + "/$entity")}}
			return c.json(http.StatusOK, appendAny(nil, append(body, shaped...))), nil
		}
	}
	return nil, fail(http.StatusNotFound, codeMissing, "Entity '%s' With Id = %s Does Not Exist", set.name, id)
}

func (f *fixedSet) shape(item object, selection string) (object, *apiError) {
	shaped := object{{"@odata.etag", etag(firstVersion)}}
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(selection, ",") {
		name = strings.TrimSpace(name)
		if _, known := item.get(name); name != "" && !known {
			return nil, unknownQueryProperty(f.name, name)
		}
		wanted[name] = true
	}
	for _, m := range item {
		hidden := strings.Contains(m.name, "/")
		if !hidden && (selection == "" || wanted[m.name]) && m.name != f.key {
			shaped = append(shaped, m)
		}
	}
	key, _ := item.get(f.key)
	return append(shaped, jsonMember{f.key, key}), nil
}

// fixedTables makes the system tables: what clients read before they write.
func (s *Server) fixedTables() map[string]*fixedSet {
	privileges := []object{}
	for _, p := range s.privileges() {
		privileges = append(privileges, object{{"privilegeid", p.id.String()}, {"name", p.name}, {"canbeglobal", true}})
	}
	user := func(id, name, app string) object {
		return object{{"systemuserid", id}, {"fullname", name}, {"domainname", name}, {"isdisabled", false}, {"accessmode", 4}, {"applicationid", app}, {"_businessunitid_value", businessUnitID}}
	}
	users := []object{
		user(applicationUserID, userName(userApplication), s.options.ClientID), user(elsewhereUserID, userName(userElsewhere), ""),
	}
	for _, a := range s.applications[1:] {
		users = append(users, user(userIDOf(a.user), userName(a.user), a.id))
	}
	return map[string]*fixedSet{
		"sdkmessages":       {"sdkmessage", "sdkmessageid", s.messages()},
		"sdkmessagefilters": {"sdkmessagefilter", "sdkmessagefilterid", s.messageFilters()},
		"privileges":        {"privilege", "privilegeid", privileges},
		"systemusers":       {"systemuser", "systemuserid", users},
		"businessunits":     {"businessunit", "businessunitid", []object{{{"businessunitid", businessUnitID}, {"name", "simulator"}}}},
		"organizations": {"organization", "organizationid", []object{{{"organizationid", s.organization}, {"name", "simulator"}, {"languagecode", english},
			{"_basecurrencyid_value", currencyID}, {"fullnameconventioncode", 1}}}},
		"publishers": {"publisher", "publisherid", []object{{{"publisherid", generated(0, purposeUser, 1).String()}, {"uniquename", s.options.Prefix},
			{"friendlyname", s.options.Prefix}, {"customizationprefix", s.options.Prefix}, {"customizationoptionvalueprefix", 10000}}}},
		"transactioncurrencies": {"transactioncurrency", "transactioncurrencyid", []object{{{"transactioncurrencyid", currencyID}, {"currencyname", "US Dollar"},
			{"isocurrencycode", "USD"}, {"currencyprecision", 2}, {"exchangerate", 1}}}},
	}
}

// messageNames are the messages that the tables support. UpsertMultiple never appears among them.
func (s *Server) messageNames() []string {
	names := []string{"Create", "Update", "Delete", "Retrieve", "RetrieveMultiple"}
	if !s.options.NoUpdateMultiple {
		names = append(names, "CreateMultiple", "UpdateMultiple")
	}
	return names
}

func messageID(n int) string { return generated(0, purposeMetadata, n).String() }

func (s *Server) messages() []object {
	list := []object{}
	for n, name := range s.messageNames() {
		list = append(list, object{{"sdkmessageid", messageID(n)}, {"name", name}, {"isprivate", false}})
	}
	return list
}

// messageFilters says which messages go with which table.
func (s *Server) messageFilters() []object {
	list := []object{}
	for _, t := range s.db.inOrder() {
		for i, message := range s.messageNames() {
			list = append(list, object{{"sdkmessagefilterid", generated(int64(t.typeCode), purposeMetadata, 1000+i).String()},
				{"_sdkmessageid_value", messageID(i)}, {"primaryobjecttypecode", t.logical}, {"sdkmessageid/name", message}, {"isvisible", true}})
		}
	}
	return list
}
