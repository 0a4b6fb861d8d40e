package dynamics_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

// attributeJSON is one element of the base list.
func attributeJSON(logical, schema, kind, label, more string) string {
	if !strings.Contains(more, "IsCustomAttribute") {
		more += fmt.Sprintf(`,"IsCustomAttribute":%t`, strings.Contains(logical, "_"))
	}
	labels := ""
	for i, l := range strings.Split(label, "|") {
		if i > 0 {
			labels += ","
		}
		labels += fmt.Sprintf(`{"Label":%q,"LanguageCode":%d}`, l, 1031+2*i)
	}
	return fmt.Sprintf(`{"@odata.type":"#Microsoft.Dynamics.CRM.%sAttributeMetadata","LogicalName":%q,"SchemaName":%q,"AttributeType":%q,"DisplayName":{"LocalizedLabels":[%s],"UserLocalizedLabel":null},"IsValidForRead":true%s}`,
		kind, logical, schema, kind, labels, more)
}

var metadata = map[string][]string{
	"": {
		attributeJSON("firstname", "FirstName", "String", "Vorname|First Name", ""),
		attributeJSON("emailaddress1", "EMailAddress1", "String", "Email", ""),
		attributeJSON("birthdate", "BirthDate", "DateTime", "Birthday", ""),
		attributeJSON("lastonholdtime", "LastOnHoldTime", "DateTime", "Last On Hold", ""),
		attributeJSON("creditlimit", "CreditLimit", "Money", "Credit Limit", ""),
		attributeJSON("donotemail", "DoNotEMail", "Boolean", "Do not allow Emails", ""),
		attributeJSON("preferredcontactmethodcode", "PreferredContactMethodCode", "Picklist", "Preferred Method", ""),
		attributeJSON("fullname", "FullName", "String", "Full Name", `,"IsValidForUpdate":false`),
		attributeJSON("parentcustomerid", "ParentCustomerId", "Customer", "Company Name", ""),
		attributeJSON("parentcustomeridname", "ParentCustomerIdName", "String", "", `,"AttributeOf":"parentcustomerid"`),
		attributeJSON("acme_owner", "acme_Owner", "Lookup", "Owner", ""),
		attributeJSON("entityimage", "EntityImage", "Virtual", "Image", ""),
		attributeJSON("acme_interests", "acme_Interests", "Virtual", "Interests", ""),
		attributeJSON("contactid", "ContactId", "Uniqueidentifier", "Contact", ""),
		attributeJSON("address1_name", "Address1_Name", "String", "Twin", `,"IsCustomAttribute":false`),
		attributeJSON("address2_name", "Address2_Name", "String", "Twin", `,"IsCustomAttribute":false`),
		attributeJSON("acme_vipstatus", "acme_VipStatus", "String", "VIP", ""),
		attributeJSON("acme_short", "acme_Short", "String", "Short", ""),
		attributeJSON("acme_since", "acme_Since", "DateTime", "Since", ""),
		attributeJSON("acme_locked", "acme_Locked", "String", "Locked", `,"IsValidForUpdate":false`),
		attributeJSON("acme_sum", "acme_Sum", "String", "Sum", `,"SourceType":1`),
		attributeJSON("acme_secret", "acme_Secret", "String", "Secret", `,"IsSecured":true`),
		attributeJSON("other_gold", "other_Gold", "String", "Gold", ""),
	},
	"String": {
		`{"LogicalName":"firstname","MaxLength":50}`, `{"LogicalName":"acme_vipstatus","MaxLength":100}`, `{"LogicalName":"acme_short","MaxLength":7}`,
		`{"LogicalName":"other_gold","MaxLength":20}`, `{"LogicalName":"acme_secret","MaxLength":20}`,
	},
	"DateTime": {
		`{"LogicalName":"birthdate","DateTimeBehavior":{"Value":"DateOnly"}}`, `{"LogicalName":"lastonholdtime","Format":"DateOnly","DateTimeBehavior":{"Value":"UserLocal"}}`,
	},
	"Money":               {`{"LogicalName":"creditlimit","MinValue":0,"MaxValue":100000000000,"Precision":2}`},
	"Boolean":             {`{"LogicalName":"donotemail","OptionSet":{"TrueOption":{"Value":1,"Label":{"LocalizedLabels":[{"Label":"Do Not Allow"}]}},"FalseOption":{"Value":0,"Label":{"LocalizedLabels":[{"Label":"Allow"}]}}}}`},
	"Picklist":            {`{"LogicalName":"preferredcontactmethodcode","OptionSet":{"Options":[{"Value":1,"Label":{"LocalizedLabels":[{"Label":"Any"}]}},{"Value":2,"Label":{"LocalizedLabels":[{"Label":"Email"}]}}]}}`},
	"MultiSelectPicklist": {`{"LogicalName":"acme_interests","OptionSet":{"Options":[{"Value":7,"Label":{"LocalizedLabels":[{"Label":"Golf"}]}}]}}`},
	"Lookup":              {`{"LogicalName":"parentcustomerid","Targets":["account","contact"]}`, `{"LogicalName":"acme_owner","Targets":["systemuser"]}`},
	"ManyToOneRelationships": {
		`{"ReferencingAttribute":"parentcustomerid","ReferencedEntity":"account","ReferencingEntityNavigationPropertyName":"parentcustomerid_account"}`,
		`{"ReferencingAttribute":"parentcustomerid","ReferencedEntity":"contact","ReferencingEntityNavigationPropertyName":"parentcustomerid_contact"}`,
		`{"ReferencingAttribute":"acme_owner","ReferencedEntity":"systemuser","ReferencingEntityNavigationPropertyName":"acme_Owner"}`,
	},
	"EntityDefinitions": {
		`{"LogicalName":"account","EntitySetName":"accounts"}`, `{"LogicalName":"contact","EntitySetName":"contacts"}`, `{"LogicalName":"systemuser","EntitySetName":"systemusers"}`,
	},
}

// serveMetadata answers as the metadata of contact does; a cast without columns is unknown to it.
func serveMetadata(w http.ResponseWriter, r request) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.Path, "EntityDefinitions(LogicalName='contact')/"), "Attributes")
	name = strings.TrimSuffix(strings.TrimPrefix(name, "/Microsoft.Dynamics.CRM."), "AttributeMetadata")
	list, ok := metadata[name]
	if !ok {
		refuse(w, http.StatusNotFound, "0x8006088a", "Resource not found for the segment 'x'.")
		return
	}
	reply(w, `{"value":[%s]}`, strings.Join(list, ","))
}

func table(t *testing.T) *dynamics.Table {
	t.Helper()
	tbl, err := newFake(t, serveMetadata).client().Table(t.Context())
	require.NoError(t, err)
	return tbl
}

func TestStatusColumnIsFoundHoweverTheMappingIDIsWritten(t *testing.T) {
	tbl := table(t)
	for _, tc := range []struct{ prefix, id, want string }{
		{"acme", "vipstatus", "acme_vipstatus"}, {"ACME", "VipStatus", "acme_vipstatus"}, {"acme", "acme_vipstatus", "acme_vipstatus"},
		{"acme", " ACME_VIPSTATUS ", "acme_vipstatus"}, {"acme_", "vipstatus", "acme_vipstatus"}, {"", "acme_vipstatus", "acme_vipstatus"},
		{"acme", "other_gold", "other_gold"}, {"acme", "secret", "acme_secret"},
	} {
		column, err := tbl.StatusColumn(tc.prefix, tc.id, "realized", "exited")
		require.NoError(t, err, tc.id)
		require.Equal(t, tc.want, column.LogicalName)
	}
}

func TestStatusColumnsThatCannotBeUsed(t *testing.T) {
	tbl := table(t)
	for _, tc := range []struct{ id, says, fix string }{
		{"", "no Mapping ID", "mappingId"},
		{"vipstaus", "did you mean acme_vipstatus", "publish"},
		{"gold", "did you mean other_gold", "Customization Prefix"},
		{"since", "is of type datetime", "text column"},
		{"short", "holds 7 characters, but the longest status word has 8", "at least 8"},
		{"locked", "cannot be read and updated", "text column"},
		{"sum", "is calculated", "simple text column"},
	} {
		_, err := tbl.StatusColumn("acme", tc.id, "realized", "exited")
		var e *dynamics.ColumnError
		require.ErrorAs(t, err, &e, tc.id)
		require.ErrorContains(t, err, tc.says)
		require.Contains(t, e.Fix, tc.fix)
	}
	_, err := tbl.StatusColumn("acme", "firstname", "x")
	require.Error(t, err, "a column of Microsoft's is no status column by accident")
}

func TestTargets(t *testing.T) {
	tbl := table(t)
	for _, tc := range []struct {
		target, want string
		kind         dynamics.Type
	}{
		{"firstname", "firstname", dynamics.TypeString}, {"FirstName", "firstname", dynamics.TypeString}, {"vorname", "firstname", dynamics.TypeString},
		{"First Name", "firstname", dynamics.TypeString}, {"Email", "emailaddress1", dynamics.TypeString}, {"birthday", "birthdate", dynamics.TypeDate},
		{"lastonholdtime", "lastonholdtime", dynamics.TypeDateTime}, {"Preferred Method", "preferredcontactmethodcode", dynamics.TypeChoice},
		{"donotemail", "donotemail", dynamics.TypeBoolean}, {"acme_interests", "acme_interests", dynamics.TypeChoices}, {"creditlimit", "creditlimit", dynamics.TypeMoney},
		{"parentcustomerid_account", "parentcustomerid", dynamics.TypeLookup}, {"acme_owner", "acme_owner", dynamics.TypeLookup},
	} {
		column, err := tbl.Column(tc.target)
		require.NoError(t, err, tc.target)
		require.Equal(t, tc.want, column.LogicalName)
		require.Equal(t, tc.kind, column.Type, tc.target)
	}
	for _, tc := range []struct{ target, says string }{
		{"emailadress1", "did you mean emailaddress1"}, {"Full Name", "cannot be updated"}, {"contactid", "contact's id"}, {"Twin", "address1_name, address2_name"},
		{"entityimage", "cannot be written"}, {"parentcustomerid", "parentcustomerid_account, parentcustomerid_contact"}, {"parentcustomeridname", "cannot be written"},
		{"acme_sum", "calculated"}, {"nothing like it at all", "no column of this name"},
	} {
		_, err := tbl.Column(tc.target)
		require.ErrorContains(t, err, tc.says, tc.target)
	}
}

func TestDetailsOfColumns(t *testing.T) {
	tbl := table(t)
	lookup, err := tbl.Column("parentcustomerid_contact")
	require.NoError(t, err)
	require.Equal(t, &dynamics.Lookup{Table: "contact", EntitySet: "contacts", Navigation: "parentcustomerid_contact"}, lookup.Lookup)
	money, err := tbl.Column("creditlimit")
	require.NoError(t, err)
	require.Equal(t, 2, money.Precision)
	require.InDelta(t, 1e11, *money.Max, 0)
	choice, err := tbl.Column("preferredcontactmethodcode")
	require.NoError(t, err)
	value, err := choice.Canonical("email")
	require.NoError(t, err)
	require.Equal(t, "2", value)
}

func TestTableOfAnotherKindOfServer(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) { fmt.Fprint(w, "<html>Sign in</html>") })
	_, err := f.client().Table(t.Context())
	requireError(t, err, dynamics.Unavailable, "not one of the Dataverse Web API")
}
