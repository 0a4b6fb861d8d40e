package simulator

const relationshipType = "OneToManyRelationshipMetadata"

// relationshipNames are those that the service gave its own relationships, by the table that a
// lookup belongs to, the lookup and the table that it leads to. Where a row has a collection of
// those that point to it, the collection has that name, too.
var relationshipNames = map[[3]string]string{
	{"contact", "parentcustomerid", "account"}: "contact_customer_accounts",
	{"contact", "parentcustomerid", "contact"}: "contact_customer_contacts",
	{"contact", "masterid", "contact"}:         "contact_master_contact",
	{"account", "primarycontactid", "contact"}: "account_primary_contact",
	{"account", "parentaccountid", "account"}:  "account_parent_account",
}

func relationshipName(t *table, c *attribute, target string) string {
	if name := relationshipNames[[3]string{t.logical, c.name, target}]; name != "" {
		return name
	}
	return target + "_" + t.logical + "_" + c.name
}

// manyToOne are the relationships in which the table's rows point to others.
func (t *table) manyToOne() []object {
	list := []object{}
	for _, c := range t.columns {
		for _, target := range c.targets {
			list = append(list, t.relationship(c, target))
		}
	}
	return list
}

// oneToMany are the relationships in which rows of other tables point to this one's.
func (d *database) oneToMany(target *table) []object {
	list := []object{}
	for _, t := range d.inOrder() {
		for _, c := range t.columns {
			for _, name := range c.targets {
				if name == target.logical {
					list = append(list, t.relationship(c, name))
				}
			}
		}
	}
	return list
}

func (t *table) relationship(c *attribute, target string) object {
	name := relationshipName(t, c, target)
	return object{
		{"MetadataId", namedID("relationship " + name).String()}, {"SchemaName", name},
		{"ReferencedEntity", target}, {"ReferencedAttribute", target + "id"}, {"ReferencedEntityNavigationPropertyName", name},
		{"ReferencingEntity", t.logical}, {"ReferencingAttribute", c.name}, {"ReferencingEntityNavigationPropertyName", c.navigation(target)},
		{"RelationshipType", "OneToManyRelationship"}, {"RelationshipBehavior", 0}, {"SecurityTypes", "None"},
		{"IsCustomRelationship", c.custom}, {"IsManaged", !c.custom}, {"IsHierarchical", false},
		{"IsValidForAdvancedFind", true}, {"IntroducedVersion", "5.0.0.0"}, {"HasChanged", nil},
		{"IsCustomizable", managed(true, "iscustomizable")}, {"CascadeConfiguration", object{
			{"Assign", "NoCascade"}, {"Delete", "RemoveLink"}, {"Archive", "NoCascade"}, {"Merge", "Cascade"}, {"Reparent", "NoCascade"},
			{"Share", "NoCascade"}, {"Unshare", "NoCascade"}, {"RollupView", "NoCascade"}}},
	}
}
