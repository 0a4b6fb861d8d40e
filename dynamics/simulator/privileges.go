package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// entityPrivileges are the kinds of privilege that each table has.
var entityPrivileges = []string{"prvCreate", "prvRead", "prvWrite", "prvDelete", "prvAppend", "prvAppendTo", "prvAssign", "prvShare"}

// otherPrivileges are those that a client may look for beside the tables'.
var otherPrivileges = []string{"prvReadUser", "prvReadEntity", "prvReadAttribute", "prvBypassCustomBusinessLogic", "prvBypassCustomPlugins"}

// privilegeName is one of the application user's role.
type privilegeName struct {
	name string
	id   guid
}

// privileges lists all that exist here, sorted by name.
func (s *Server) privileges() []privilegeName {
	names := slices.Clone(otherPrivileges)
	for _, t := range s.db.tables {
		for _, kind := range entityPrivileges {
			names = append(names, kind+t.schema)
		}
	}
	slices.Sort(names)
	list := make([]privilegeName, len(names))
	for i, name := range names {
		list[i] = privilegeName{name, namedID(name)}
	}
	return list
}

func (s *Server) holds(privilege string) bool { return !s.denied[strings.ToLower(privilege)] }

// holds says whether the call's user has the privilege.
func (c *call) holds(privilege string) bool {
	return c.server.holds(privilege) && c.server.holds(c.app.id+":"+privilege)
}

// allowed refuses what the application user's role does not grant.
func (c *call) allowed(kind string, t *table) *apiError {
	return c.privileged(kind+t.schema, t.typeCode, t.logical)
}

// The type codes of the tables that metadata is read from.
const (
	entityTypeCode    = 9800
	attributeTypeCode = 9808
)

func (c *call) privileged(name string, typeCode int, logical string) *apiError {
	if c.holds(name) {
		return nil
	}
	all := len(c.server.privileges())
	return fail(http.StatusForbidden, codePrivilege, "Principal user (Id=%s, type=8, roleCount=1, privilegeCount=%d, accessMode=4), is missing %s privilege (Id=%s) on OTC=%d for entity '%s'. context.Caller=%s. Consider adding missed privilege to one of the principal (user/team) roles.",
		userIDOf(c.app.user), all-len(c.server.denied), name, namedID(name), typeCode, logical, userIDOf(c.app.user))
}

// userFunctions answers what a client asks of a user to know what it may do: its privileges and its
// access to a row
// (https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/retrieveuserprivileges).
func (c *call) userFunctions(name, args string) (*reply, *apiError) {
	if c.method != http.MethodGet {
		return nil, noResource(c.root, c.target)
	}
	c.work(0)
	switch strings.TrimPrefix(name, functionPrefix) {
	case "RetrieveUserPrivileges":
		return c.rolePrivileges("RetrieveUserPrivilegesResponse", c.heldPrivileges(func(string) bool { return true })), nil
	case "RetrieveUserPrivilegeByPrivilegeName", "RetrieveUserPrivilegesByPrivilegeName":
		wanted := strings.Trim(args[strings.IndexByte(args, '=')+1:], "'")
		if alias, ok := parameters(c.query)[wanted]; ok {
			wanted = strings.Trim(alias, "'")
		}
		found := c.heldPrivileges(func(name string) bool { return strings.EqualFold(name, wanted) })
		return c.rolePrivileges(strings.TrimPrefix(name, functionPrefix)+"Response", found), nil
	case "RetrievePrincipalAccess":
		return c.json(http.StatusOK, appendAny(nil, object{
			{"@odata.context", c.context("Microsoft.Dynamics.CRM.RetrievePrincipalAccessResponse")}, {"AccessRights", c.accessRights()},
		})), nil
	default:
		return nil, noSegment(name)
	}
}

func (c *call) heldPrivileges(fits func(name string) bool) []object {
	list := []object{}
	for _, p := range c.server.privileges() {
		if c.holds(p.name) && fits(p.name) {
			list = append(list, object{{"Depth", "Global"}, {"PrivilegeId", p.id.String()}, {"BusinessUnitId", businessUnitID},
				{"PrivilegeName", p.name}, {"RecordFilterId", guid{}.String()}, {"RecordFilterUniqueName", ""}})
		}
	}
	return list
}

func (c *call) rolePrivileges(response string, list []object) *reply {
	return c.json(http.StatusOK, appendAny(nil, object{
		{"@odata.context", c.context("Microsoft.Dynamics.CRM." + response)}, {"RolePrivileges", list},
	}))
}

// accessRights are those to a contact, as text.
func (c *call) accessRights() string {
	var rights []string
	for _, kind := range entityPrivileges {
		if name := kind + c.server.db.contacts.schema; c.holds(name) {
			rights = append(rights, strings.TrimPrefix(kind, "prv")+"Access")
		}
	}
	return strings.Join(rights, ", ")
}
