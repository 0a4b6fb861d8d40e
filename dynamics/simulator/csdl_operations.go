package simulator

import (
	"strings"

	"audienceflow/dynamics/simulator/csdl"
)

// edmOf is the type of a member of a system table's row, or of a message.
func edmOf(m jsonMember) string {
	switch v := m.value.(type) {
	case bool:
		return "Edm.Boolean"
	case int, int64:
		return "Edm.Int32"
	case string:
		if _, isID := parseGUID(v); isID && strings.Contains(m.name, "id") {
			return "Edm.Guid"
		}
	}
	return "Edm.String"
}

// modelEnums are the lists of values that messages speak in.
func modelEnums() []csdl.EnumType {
	depths := csdl.EnumType{Name: "PrivilegeDepth"}
	for n, name := range []string{"Basic", "Local", "Deep", "Global", "RecordFilter"} {
		depths.Members = append(depths.Members, csdl.Member{Name: name, Value: n})
	}
	rights := csdl.EnumType{Name: "AccessRights", IsFlags: true, Members: []csdl.Member{
		{Name: "None"}, {Name: "ReadAccess", Value: 1}, {Name: "WriteAccess", Value: 2}, {Name: "AppendAccess", Value: 4}, {Name: "AppendToAccess", Value: 16},
		{Name: "CreateAccess", Value: 32}, {Name: "DeleteAccess", Value: 65536}, {Name: "ShareAccess", Value: 262144}, {Name: "AssignAccess", Value: 524288},
	}}
	return []csdl.EnumType{depths, rights}
}

func complexType(name string, properties ...csdl.Property) csdl.ComplexType {
	return csdl.ComplexType{Name: name, Properties: properties}
}

func notNull(name, kind string) csdl.Property {
	return csdl.Property{Name: name, Type: kind, Nullable: csdl.NotNull}
}

// modelComplexTypes are what the functions and actions give back.
func modelComplexTypes() []csdl.ComplexType {
	rolePrivileges := csdl.Property{Name: "RolePrivileges", Type: collectionOf(ofSchema("RolePrivilege"))}
	return []csdl.ComplexType{
		complexType("WhoAmIResponse", notNull("BusinessUnitId", "Edm.Guid"), notNull("UserId", "Edm.Guid"), notNull("OrganizationId", "Edm.Guid")),
		complexType("RetrieveVersionResponse", csdl.Property{Name: "Version", Type: "Edm.String"}),
		complexType("EntityRecordCountCollection", notNull("Count", "Edm.Int32"), notNull("IsReadOnly", "Edm.Boolean"),
			csdl.Property{Name: "Keys", Type: collectionOf("Edm.String")}, csdl.Property{Name: "Values", Type: collectionOf("Edm.Int64")}),
		complexType("RetrieveTotalRecordCountResponse", csdl.Property{Name: "EntityRecordCountCollection", Type: ofSchema("EntityRecordCountCollection")}),
		complexType("CreateMultipleResponse", notNull("Ids", collectionOf("Edm.Guid"))),
		complexType("RolePrivilege", notNull("Depth", ofSchema("PrivilegeDepth")), notNull("PrivilegeId", "Edm.Guid"), notNull("BusinessUnitId", "Edm.Guid"),
			csdl.Property{Name: "PrivilegeName", Type: "Edm.String"}, notNull("RecordFilterId", "Edm.Guid"), csdl.Property{Name: "RecordFilterUniqueName", Type: "Edm.String"}),
		complexType("RetrieveUserPrivilegesResponse", rolePrivileges),
		complexType("RetrieveUserPrivilegeByPrivilegeNameResponse", rolePrivileges),
		complexType("RetrievePrincipalAccessResponse", notNull("AccessRights", ofSchema("AccessRights"))),
	}
}

// modelActions are the bulk messages, which every table has.
func modelActions() []csdl.Operation {
	rows := collectionOf(ofSchema(baseEntity))
	var actions []csdl.Operation
	for _, name := range []string{"CreateMultiple", "UpdateMultiple", "UpsertMultiple"} {
		actions = append(actions, csdl.Operation{Name: name, IsBound: true, Parameters: []csdl.Property{notNull("entityset", rows), notNull("Targets", rows)}})
	}
	actions[0].Return = &csdl.Return{Type: ofSchema("CreateMultipleResponse"), Nullable: csdl.NotNull}
	return actions
}

func function(name, result string, parameters ...csdl.Property) csdl.Operation {
	return csdl.Operation{Name: name, Parameters: parameters, Return: &csdl.Return{Type: result, Nullable: csdl.NotNull}}
}

func ofUser(name string, parameters ...csdl.Property) csdl.Operation {
	f := function(name, ofSchema(name+"Response"), append([]csdl.Property{notNull("entity", ofSchema("systemuser"))}, parameters...)...)
	f.IsBound = true
	return f
}

func modelFunctions() []csdl.Operation {
	return []csdl.Operation{
		function("WhoAmI", ofSchema("WhoAmIResponse")),
		function("RetrieveVersion", ofSchema("RetrieveVersionResponse")),
		function("RetrieveTotalRecordCount", ofSchema("RetrieveTotalRecordCountResponse"), notNull("EntityNames", collectionOf("Edm.String"))),
		ofUser("RetrieveUserPrivileges"),
		ofUser("RetrieveUserPrivilegeByPrivilegeName", notNull("PrivilegeName", "Edm.String")),
		ofUser("RetrievePrincipalAccess", notNull("Target", ofSchema(baseEntity))),
	}
}

// queryFunctions are those that a $filter may hold.
func queryFunctions() []csdl.Operation {
	property := notNull("PropertyName", "Edm.String")
	one, several := notNull("PropertyValue", "Edm.String"), notNull("PropertyValues", collectionOf("Edm.String"))
	var list []csdl.Operation
	for _, name := range []string{"In", "NotIn", "Between", "NotBetween", "ContainValues", "DoesNotContainValues"} {
		list = append(list, function(name, "Edm.Boolean", property, several))
	}
	for _, name := range []string{"BeginsWith", "DoesNotBeginWith", "EndsWith", "DoesNotEndWith", "On", "NotOn", "OnOrAfter", "OnOrBefore"} {
		list = append(list, function(name, "Edm.Boolean", property, one))
	}
	return list
}
