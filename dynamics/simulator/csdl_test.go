package simulator_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestModelDocument(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.get("$metadata")
	require.Equal(t, http.StatusOK, a.status)
	var model struct {
		Types []struct {
			Name       string `xml:"Name,attr"`
			Properties []struct {
				Name string `xml:"Name,attr"`
				Type string `xml:"Type,attr"`
			} `xml:"Property"`
		} `xml:"DataServices>Schema>EntityType"`
	}
	require.NoError(t, xml.Unmarshal([]byte(a.body), &model))
	require.Equal(t, "contact", model.Types[2].Name)
	require.Contains(t, a.body, `<Property Name="birthdate" Type="Edm.Date"></Property>`)
	require.Contains(t, a.body, `<EntitySet Name="contacts" EntityType="Microsoft.Dynamics.CRM.contact">`)
	require.Contains(t, e.send(http.MethodGet, e.url+"/api/data/v9.2", "", "Authorization", "Bearer "+e.token).body, `"url":"contacts"`)
}

// declarations are the elements of a model that others may name, by what they are.
var declarations = map[string]string{"EntityType": "type", "ComplexType": "type", "EnumType": "type", "Action": "operation", "Function": "operation", "EntitySet": "set"}

// references are the attributes that name one of them, as they stand in an element.
var references = map[string]string{
	"Type": "type", "BaseType": "type", "EntityType": "type", "Function": "operation", "Action": "operation", "Target": "set",
}

// What a model names it declares, else readers that take it whole refuse it; and what can be
// addressed is there.
func TestModelIsClosed(t *testing.T) {
	e := start(t, simulator.Options{})
	body := e.get("$metadata").body
	declared, named := map[string]bool{}, map[string]bool{}
	decoder := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range element.Attr {
			if a.Name.Local == "Name" && declarations[element.Name.Local] != "" {
				declared[declarations[element.Name.Local]+" "+a.Value] = true
			}
			if kind := references[a.Name.Local]; kind != "" {
				named[kind+" "+plainName(a.Value)] = true
			}
		}
	}
	for name := range named {
		require.True(t, declared[name] || strings.HasPrefix(name, "type Edm."), "%s is named and not declared", name)
	}
	for _, name := range []string{"UpdateMultiple", "CreateMultiple", "UpsertMultiple", "WhoAmI", "In", "RetrieveUserPrivileges"} {
		require.True(t, declared["operation "+name], name)
	}
	require.True(t, named["type sdkmessage"] && declared["set sdkmessages"])
	for _, set := range e.rows("") {
		require.True(t, declared["set "+set["name"].(string)])
		require.Equal(t, http.StatusOK, e.get(set["url"].(string)+"?$top=1").status, set["url"])
	}
}

// plainName takes a type's name out of a collection and its namespace.
func plainName(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "Collection("), ")")
	for _, prefix := range []string{"mscrm.", "Microsoft.Dynamics.CRM."} {
		name = strings.TrimPrefix(name, prefix)
	}
	return name
}

func TestNavigationInFilters(t *testing.T) {
	e := start(t, simulator.Options{})
	account := simulator.GeneratedAccountID(1, 4)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, "contacts("+contact(3)+")", `{"parentcustomerid_account@odata.bind":"accounts(`+account+`)"}`).status)
	rows := e.rows("contacts?$select=contactid&$filter=parentcustomerid_account/name eq 'Account 5'")
	require.Len(t, rows, 1)
	require.Equal(t, contact(3), rows[0]["contactid"])
	require.Equal(t, http.StatusBadRequest, e.get("contacts?$filter=parentcustomerid_account/nope eq 1").status)
	require.Equal(t, http.StatusBadRequest, e.get("contacts?$filter=nope/name eq 1").status)
}

func TestColumnSecurity(t *testing.T) {
	e := start(t, simulator.Options{Secured: []string{"jobtitle"}})
	require.Nil(t, e.get("contacts(" + contact(0) + ")?$select=jobtitle").json(t)["jobtitle"])
	require.Equal(t, true, e.get("EntityDefinitions(LogicalName='contact')/Attributes(LogicalName='jobtitle')?$select=IsSecured").json(t)["IsSecured"])
	a := e.api(http.MethodPost, updateMultiple, targets(row(contact(0), `"jobtitle":"x"`)))
	a.refused(t, http.StatusForbidden, "0x8004f507", "does not have update permissions to a jobtitle secured field on entity contact")
	require.Equal(t, http.StatusForbidden, e.api(http.MethodPut, "contacts("+contact(0)+")/jobtitle", `{"value":"x"}`).status)
	denied := start(t, simulator.Options{Deny: []string{"prvReadAttribute", "prvReadContact"}})
	denied.get("contacts").refused(t, http.StatusForbidden, "0x80040220", "prvReadContact")
	denied.get("EntityDefinitions(LogicalName='contact')/Attributes").refused(t, http.StatusForbidden, "0x80040220", "prvReadAttribute")
}
