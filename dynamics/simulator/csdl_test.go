package simulator_test

import (
	"encoding/xml"
	"net/http"
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
	require.Contains(t, a.body, `<Property Name="birthdate" Type="Edm.Date" />`)
	require.Contains(t, a.body, `<EntitySet Name="contacts" EntityType="Microsoft.Dynamics.CRM.contact" />`)
	require.Contains(t, e.send(http.MethodGet, e.url+"/api/data/v9.2", "", "Authorization", "Bearer "+e.token).body, `"url":"contacts"`)
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
	require.Equal(t, http.StatusNotImplemented, e.get("contacts?fetchXml=<fetch/>").status)
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
