package simulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

const attributes = "EntityDefinitions(LogicalName='contact')/Attributes"

func TestTheContextRepeatsTheKeyThatWasGiven(t *testing.T) {
	e := start(t, simulator.Options{})
	id := e.get("EntityDefinitions(LogicalName='contact')?$select=LogicalName").json(t)["MetadataId"].(string)
	list := e.get("EntityDefinitions(" + id + ")/Attributes?$filter=LogicalName%20eq%20'gendercode'&$select=MetadataId").json(t)
	require.Equal(t, e.url+"/api/data/v9.2/$metadata#EntityDefinitions("+id+")/Attributes(MetadataId)", list["@odata.context"])
}

func TestEntityMetadata(t *testing.T) {
	e := start(t, simulator.Options{})
	rows := e.rows("EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute&$filter=LogicalName eq 'contact'")
	require.Len(t, rows, 1)
	require.Equal(t, "contacts", rows[0]["EntitySetName"])
	require.Len(t, rows[0], 4, "MetadataId comes along")
	body := e.get("EntityDefinitions(LogicalName='contact')?$select=PrimaryNameAttribute,DisplayName").json(t)
	require.Equal(t, "fullname", body["PrimaryNameAttribute"])
	require.Equal(t, "Contact", body["DisplayName"].(map[string]any)["UserLocalizedLabel"].(map[string]any)["Label"])
	again := e.get("EntityDefinitions(" + body["MetadataId"].(string) + ")?$select=LogicalName").json(t)
	require.Equal(t, "contact", again["LogicalName"])
	require.Equal(t, http.StatusNotFound, e.get("EntityDefinitions(LogicalName='nope')").status)
	require.Empty(t, e.rows("EntityDefinitions(LogicalName='contact')/Keys"), "contact has no alternate key unless customised")
	expanded := e.rows("EntityDefinitions?$select=SchemaName&$expand=Keys($select=KeyAttributes),Attributes($select=LogicalName;$filter=LogicalName eq 'contactid')")
	require.Len(t, expanded, 2)
}

func TestOneAttribute(t *testing.T) {
	e := start(t, simulator.Options{})
	body := e.get(attributes + "(LogicalName='acme_vipstatus')").json(t)
	require.Equal(t, "#Microsoft.Dynamics.CRM.StringAttributeMetadata", body["@odata.type"])
	require.Equal(t, "acme_VipStatus", body["SchemaName"])
	require.Equal(t, "String", body["AttributeType"])
	require.Equal(t, true, body["IsCustomAttribute"])
	require.Equal(t, true, body["IsValidForUpdate"])
	require.Equal(t, "VipStatus", body["DisplayName"].(map[string]any)["UserLocalizedLabel"].(map[string]any)["Label"])

	cast := e.get(attributes + "(LogicalName='emailaddress1')/Microsoft.Dynamics.CRM.StringAttributeMetadata?$select=SchemaName,MaxLength,FormatName").json(t)
	require.Equal(t, e.url+"/api/data/v9.2/$metadata#EntityDefinitions('contact')/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata(SchemaName,MaxLength,FormatName)/$entity", cast["@odata.context"])
	require.NotContains(t, cast, "@odata.type")
	require.Equal(t, 100.0, cast["MaxLength"])
	require.Equal(t, "EMailAddress1", cast["SchemaName"])
	require.Equal(t, map[string]any{"Value": "Email"}, cast["FormatName"])

	byID := e.get(attributes + "(" + cast["MetadataId"].(string) + ")?$select=LogicalName").json(t)
	require.Equal(t, "emailaddress1", byID["LogicalName"])
	e.get(attributes+"(LogicalName='nope')").refused(t, http.StatusNotFound, "0x80041103", "'contact' entity doesn't contain attribute with Name = 'nope' and NameMapping = 'Logical'.")
	require.Equal(t, http.StatusNotFound, e.get(attributes+"(LogicalName='birthdate')/Microsoft.Dynamics.CRM.StringAttributeMetadata").status)
	require.Equal(t, http.StatusBadRequest, e.get(attributes+"(LogicalName='emailaddress1')?$select=MaxLength").status, "without a cast a type's properties are unknown")
	require.Equal(t, http.StatusNotFound, e.get(attributes+"/Microsoft.Dynamics.CRM.EnumAttributeMetadata").status)
}

func TestAttributeFilters(t *testing.T) {
	e := start(t, simulator.Options{})
	rows := e.rows(attributes + "?$filter=LogicalName eq 'birthdate'&$select=MetadataId")
	require.Len(t, rows, 1)
	require.Equal(t, "#Microsoft.Dynamics.CRM.DateTimeAttributeMetadata", rows[0]["@odata.type"])
	require.Len(t, rows[0], 2)
	require.Empty(t, e.rows(attributes+"?$filter=LogicalName eq 'nope'"))
	for _, r := range e.rows(attributes + "?$select=LogicalName,AttributeType&$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'") {
		require.Equal(t, "Picklist", r["AttributeType"])
	}
	required := e.rows(attributes + "?$select=LogicalName&$filter=RequiredLevel/Value eq Microsoft.Dynamics.CRM.AttributeRequiredLevel'ApplicationRequired'")
	require.Len(t, required, 1)
	require.Equal(t, "lastname", required[0]["LogicalName"])
	require.Len(t, e.rows(attributes+"?$filter=IsCustomAttribute eq true"), 1)
	require.Equal(t, http.StatusBadRequest, e.get(attributes+"?$filter=DisplayName eq 'x'").status, "labels cannot be filtered")
}

func TestTypedAttributes(t *testing.T) {
	e := start(t, simulator.Options{})
	picklist := e.get(attributes + "(LogicalName='preferredcontactmethodcode')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)").json(t)
	require.Equal(t, e.url+"/api/data/v9.2/$metadata#EntityDefinitions('contact')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata(LogicalName,OptionSet(Options),GlobalOptionSet(Options))/$entity", picklist["@odata.context"])
	options := picklist["OptionSet"].(map[string]any)["Options"].([]any)
	require.Len(t, options, 5)
	first := options[0].(map[string]any)
	require.Equal(t, 1.0, first["Value"])
	require.Equal(t, "Any", first["Label"].(map[string]any)["UserLocalizedLabel"].(map[string]any)["Label"])
	require.Nil(t, picklist["GlobalOptionSet"])

	cast := func(kind string) map[string]map[string]any {
		found := map[string]map[string]any{}
		for _, r := range e.rows(attributes + "/Microsoft.Dynamics.CRM." + kind + "AttributeMetadata") {
			found[r["LogicalName"].(string)] = r
		}
		return found
	}
	require.Equal(t, map[string]any{"Value": "DateOnly"}, cast("DateTime")["birthdate"]["DateTimeBehavior"])
	require.Equal(t, map[string]any{"Value": "UserLocal"}, cast("DateTime")["createdon"]["DateTimeBehavior"])
	require.Equal(t, false, cast("DateTime")["createdon"]["IsValidForUpdate"])
	require.Equal(t, []any{"account", "contact"}, cast("Lookup")["parentcustomerid"]["Targets"])
	require.Equal(t, "Customer", cast("Lookup")["parentcustomerid"]["AttributeType"])
	require.Equal(t, 2.0, cast("Money")["creditlimit"]["Precision"])
	require.Equal(t, 2000.0, cast("Memo")["description"]["MaxLength"])
	require.Len(t, cast("String"), len(e.rows(attributes+"?$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'String'")))
	yesNo := e.rows(attributes + "/Microsoft.Dynamics.CRM.BooleanAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=TrueOption,FalseOption)")
	require.Contains(t, yesNo[0]["OptionSet"], "TrueOption")
}

// The lengths, types and display names that others rely on.
func TestContactColumns(t *testing.T) {
	e := start(t, simulator.Options{})
	for name, want := range map[string]struct {
		schema, display string
		length          float64
	}{
		"firstname": {"FirstName", "First Name", 50}, "middlename": {"MiddleName", "Middle Name", 50}, "lastname": {"LastName", "Last Name", 50},
		"telephone1": {"Telephone1", "Business Phone", 50}, "mobilephone": {"MobilePhone", "Mobile Phone", 50},
		"emailaddress1": {"EMailAddress1", "Email", 100}, "jobtitle": {"JobTitle", "Job Title", 100}, "fullname": {"FullName", "Full Name", 160},
		"address1_city": {"Address1_City", "Address 1: City", 80}, "websiteurl": {"WebSiteUrl", "Website", 200}, "suffix": {"Suffix", "Suffix", 10},
	} {
		body := e.get(attributes + "(LogicalName='" + name + "')/Microsoft.Dynamics.CRM.StringAttributeMetadata").json(t)
		require.Equal(t, want.length, body["MaxLength"], name)
		require.Equal(t, want.schema, body["SchemaName"])
		require.Equal(t, want.display, body["DisplayName"].(map[string]any)["UserLocalizedLabel"].(map[string]any)["Label"])
	}
	birth := e.get(attributes + "(LogicalName='birthdate')").json(t)
	require.Equal(t, "BirthDate", birth["SchemaName"])
	require.Equal(t, "Birthday", birth["DisplayName"].(map[string]any)["UserLocalizedLabel"].(map[string]any)["Label"])
}

func TestRelationships(t *testing.T) {
	e := start(t, simulator.Options{})
	rows := e.rows("EntityDefinitions(LogicalName='contact')/ManyToOneRelationships?$select=ReferencingEntityNavigationPropertyName,ReferencedEntity&$filter=ReferencingAttribute eq 'parentcustomerid'")
	require.Len(t, rows, 2)
	require.Equal(t, "parentcustomerid_account", rows[0]["ReferencingEntityNavigationPropertyName"])
	require.Equal(t, "contact_customer_accounts", e.rows("EntityDefinitions(LogicalName='account')/OneToManyRelationships?$filter=ReferencingEntity eq 'contact'")[0]["SchemaName"])
	require.Empty(t, e.rows("EntityDefinitions(LogicalName='account')/ManyToManyRelationships"))
	expanded := e.get("EntityDefinitions(LogicalName='account')?$select=LogicalName&$expand=OneToManyRelationships($select=SchemaName)").json(t)
	require.NotEmpty(t, expanded["OneToManyRelationships"])

	const name = "RelationshipDefinitions(SchemaName='contact_customer_contacts')"
	one := e.get(name + "/Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata?$select=ReferencedEntityNavigationPropertyName,CascadeConfiguration").json(t)
	require.Equal(t, "contact_customer_contacts", one["ReferencedEntityNavigationPropertyName"])
	require.Equal(t, "RemoveLink", one["CascadeConfiguration"].(map[string]any)["Delete"])
	require.Equal(t, "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", e.get("RelationshipDefinitions(" + one["MetadataId"].(string) + ")").json(t)["@odata.type"])
	seen := map[any]bool{}
	for _, r := range e.rows("RelationshipDefinitions") {
		require.False(t, seen[r["MetadataId"]], "each has an id of its own")
		seen[r["MetadataId"]] = true
		require.Equal(t, "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata", r["@odata.type"])
	}
	require.Equal(t, http.StatusNotFound, e.get("RelationshipDefinitions(SchemaName='nope')").status)
	require.Empty(t, e.rows("RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata"))
}

func TestGlobalChoices(t *testing.T) {
	e := start(t, simulator.Options{})
	list := e.rows("GlobalOptionSetDefinitions?$select=Name")
	require.Equal(t, "budgetstatus", list[0]["Name"])
	require.Equal(t, "#Microsoft.Dynamics.CRM.OptionSetMetadata", list[0]["@odata.type"])
	one := e.get("GlobalOptionSetDefinitions(Name='budgetstatus')/Microsoft.Dynamics.CRM.OptionSetMetadata").json(t)
	option := one["Options"].([]any)[3].(map[string]any)
	require.Equal(t, 3.0, option["Value"])
	require.Equal(t, "Will Buy", option["Label"].(map[string]any)["UserLocalizedLabel"].(map[string]any)["Label"])
	require.Equal(t, "budgetstatus", e.get("GlobalOptionSetDefinitions(" + one["MetadataId"].(string) + ")").json(t)["Name"])
	require.Equal(t, http.StatusNotFound, e.get("GlobalOptionSetDefinitions(Name='nope')").status)
}
