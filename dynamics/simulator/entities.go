package simulator

import "strings"

// entityObject is a table as an EntityDefinition.
func (c *call) entityObject(t *table) object {
	attributes := make([]object, len(t.columns))
	for i, column := range t.columns {
		attributes[i] = column.metadata(t)
	}
	named := &attribute{name: t.logical, number: t.typeCode}
	return object{
		{"MetadataId", t.id.String()}, {"LogicalName", t.logical}, {"SchemaName", t.schema}, {"EntitySetName", t.set},
		{"LogicalCollectionName", t.set}, {"CollectionSchemaName", t.plural}, {"ObjectTypeCode", t.typeCode},
		{"PrimaryIdAttribute", t.primaryID}, {"PrimaryNameAttribute", t.primaryName}, {"TableType", "Standard"}, {"DataProviderId", nil},
		{"DisplayName", named.localized(t.display, "display")}, {"DisplayCollectionName", named.localized(t.plural, "plural")},
		{"Description", named.localized("", "description")}, {"IsCustomEntity", false}, {"IsManaged", true}, {"IsActivity", false},
		{"IsKnowledgeManagementEnabled", false}, {"IsOptimisticConcurrencyEnabled", true}, {"OwnershipType", "UserOwned"},
		{"IsValidForAdvancedFind", true}, {"ChangeTrackingEnabled", true}, {"IntroducedVersion", "5.0.0.0"},
		{"Privileges", c.server.entityPrivileges(t)},
		{"Attributes", attributes}, {"Keys", t.keyObjects()}, {"ManyToOneRelationships", t.manyToOne()},
		{"OneToManyRelationships", c.server.db.oneToMany(t)}, {"ManyToManyRelationships", []object{}},
	}
}

func (s *Server) entityPrivileges(t *table) []object {
	list := []object{}
	for _, kind := range entityPrivileges {
		list = append(list, object{{"CanBeBasic", true}, {"CanBeDeep", true}, {"CanBeGlobal", true}, {"CanBeLocal", true},
			{"Name", kind + t.schema}, {"PrivilegeId", namedID(kind + t.schema).String()}, {"PrivilegeType", strings.TrimPrefix(kind, "prv")}})
	}
	return list
}

func (t *table) keyObjects() []object {
	list := []object{}
	for _, k := range t.keys {
		list = append(list, object{{"MetadataId", k.id.String()}, {"LogicalName", k.name}, {"SchemaName", k.name}, {"EntityLogicalName", t.logical},
			{"KeyAttributes", k.columns}, {"EntityKeyIndexStatus", "Active"}, {"IsManaged", false}})
	}
	return list
}
