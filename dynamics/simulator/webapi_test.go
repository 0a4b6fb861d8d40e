package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestWhoAmI(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, target := range []string{"WhoAmI", "WhoAmI()"} {
		a := e.get(target, "If-None-Match", "null")
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, "4.0", a.header.Get("OData-Version"))
		body := a.json(t)
		require.Equal(t, e.url+"/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse", body["@odata.context"])
		require.Len(t, body["UserId"], 36)
		require.Len(t, body["BusinessUnitId"], 36)
		require.Len(t, body["OrganizationId"], 36)
	}
	a := e.api(http.MethodPost, "WhoAmI", "")
	a.refused(t, http.StatusNotFound, "", "No HTTP resource was found that matches the request URI '"+e.url+"/api/data/v9.2/WhoAmI'.")
}

func TestVersions(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, version := range []string{"v9.0", "v9.1", "v9.2"} {
		a := e.send(http.MethodGet, e.url+"/api/data/"+version+"/WhoAmI", "", "Authorization", "Bearer "+e.token)
		require.Equal(t, http.StatusOK, a.status)
		require.Contains(t, a.body, "/api/data/"+version+"/$metadata")
	}
	a := e.send(http.MethodGet, e.url+"/api/data/v8.2/WhoAmI", "", "Authorization", "Bearer "+e.token)
	require.Equal(t, http.StatusNotFound, a.status)
}

func TestNamesHaveCase(t *testing.T) {
	e := start(t, simulator.Options{})
	e.get("Contacts").refused(t, http.StatusNotFound, "0x8006088a", "Resource not found for the segment 'Contacts'.")
	e.get("contact").refused(t, http.StatusNotFound, "0x8006088a", "Resource not found for the segment 'contact'.")
	e.get("whoami").refused(t, http.StatusNotFound, "0x8006088a", "Resource not found for the segment 'whoami'.")
	e.get("contacts?$select=FirstName").refused(t, http.StatusBadRequest, "0x0", "Could not find a property named 'FirstName' on type 'Microsoft.Dynamics.CRM.contact'.")
	e.get("contacts?$Select=firstname").refused(t, http.StatusBadRequest, "0x80060888", "$Select")
	e.api(http.MethodPatch, "contacts("+contact(0)+")", `{"FirstName":"x"}`).refused(t, http.StatusBadRequest, "0x0", "Does not support untyped value in non-open type.")
}

func TestUnsupportedOptions(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, option := range []string{"$skip=1", "$search=x", "$format=json"} {
		require.Equal(t, http.StatusBadRequest, e.get("contacts?"+option).status, option)
	}
	require.Equal(t, http.StatusOK, e.get("contacts?tag=mine").status, "options without $ are the caller's own")
}

func TestURLLimit(t *testing.T) {
	e := start(t, simulator.Options{})
	filler := strings.Repeat("x", 32768)
	require.Equal(t, http.StatusRequestURITooLong, e.get("contacts?tag="+filler).status)
	require.Equal(t, http.StatusOK, e.get("contacts?tag="+filler[:32000]).status)
}

func TestWrongMethods(t *testing.T) {
	e := start(t, simulator.Options{})
	require.Equal(t, http.StatusMethodNotAllowed, e.api(http.MethodDelete, "contacts", "").status)
	require.Equal(t, http.StatusMethodNotAllowed, e.api(http.MethodPost, "contacts("+contact(0)+")", "{}").status)
	require.Equal(t, http.StatusNotFound, e.api(http.MethodGet, "contacts/Microsoft.Dynamics.CRM.UpdateMultiple", "").status)
}

func TestTotalRecordCount(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, target := range []string{`RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["contact"]`, `RetrieveTotalRecordCount(EntityNames=['contact'])`} {
		body := e.get(target).json(t)["EntityRecordCountCollection"].(map[string]any)
		require.Equal(t, []any{"contact"}, body["Keys"])
		require.Equal(t, []any{10.0}, body["Values"])
	}
	require.Equal(t, http.StatusNotFound, e.get(`RetrieveTotalRecordCount(EntityNames=['nope'])`).status)
}

func TestDeniedPrivileges(t *testing.T) {
	e := start(t, simulator.Options{Deny: []string{"prvWriteContact", "prvDeleteContact"}})
	id := contact(0)
	a := e.api(http.MethodPost, "contacts/Microsoft.Dynamics.CRM.UpdateMultiple", targets(row(id, `"firstname":"x"`)))
	a.refused(t, http.StatusForbidden, "0x80040220", "is missing prvWriteContact privilege (Id=")
	require.Contains(t, a.body, "on OTC=2 for entity 'contact'")
	e.api(http.MethodPatch, "contacts("+id+")", `{"firstname":"x"}`, "If-Match", "*").refused(t, http.StatusForbidden, "0x80040220", "prvWriteContact")
	e.api(http.MethodDelete, "contacts("+id+")", "").refused(t, http.StatusForbidden, "0x80040220", "prvDeleteContact")
	require.Equal(t, http.StatusOK, e.get("contacts").status)
	body := e.get("systemusers(5a3d1c8e-7b42-4f0e-9a61-0c5e2f7d8b11)/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()").body
	require.Contains(t, body, `"PrivilegeName":"prvReadContact"`)
	require.NotContains(t, body, "prvWriteContact")
}

func TestMessageFilters(t *testing.T) {
	const query = "sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name eq 'UpdateMultiple' and primaryobjecttypecode eq 'contact'"
	require.Len(t, start(t, simulator.Options{}).rows(query), 1)
	require.Empty(t, start(t, simulator.Options{NoUpdateMultiple: true}).rows(query))
	e := start(t, simulator.Options{})
	require.Len(t, e.rows("sdkmessagefilters?$select=sdkmessagefilterid&$filter=sdkmessageid/name eq @message and primaryobjecttypecode eq @table&@message='CreateMultiple'&@table='contact'"), 1)
	require.Empty(t, e.rows(strings.ReplaceAll(query, "UpdateMultiple", "UpsertMultiple")), "UpsertMultiple never appears there")
}

func TestSchemeBehindAProxy(t *testing.T) {
	e := start(t, simulator.Options{})
	require.Contains(t, e.get("WhoAmI", "X-Forwarded-Proto", "https").body, `"https://`)
}

func TestRetrieveVersion(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, target := range []string{"RetrieveVersion", "RetrieveVersion()"} {
		a := e.get(target)
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, e.url+"/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse", a.json(t)["@odata.context"])
		require.Regexp(t, `^9\.2\.\d+\.\d+$`, a.json(t)["Version"])
	}
	require.Equal(t, http.StatusNotFound, e.api(http.MethodPost, "RetrieveVersion", "").status)
	require.Contains(t, e.get("$metadata").body, `<FunctionImport Name="RetrieveVersion"`)
}

// TestAnAddressWithoutAVersion: https://github.com/AleksandrRogov/DynamicsWebApi/issues/130
func TestAnAddressWithoutAVersion(t *testing.T) {
	e := start(t, simulator.Options{})
	get := func(path string) answer {
		return e.send(http.MethodGet, e.url+path, "", "Authorization", "Bearer "+e.token)
	}
	for path, name := range map[string]string{"/api/data/contacts": "contacts", "/api/data/data/v9.2/contacts?$top=1": "data", "/api/data/9.2/WhoAmI": "9.2"} {
		get(path).refused(t, http.StatusBadRequest, "0x80060888",
			"Requested API Version '"+name+"' was not understood. Please provide in the format /api/data/v<Major>.<Minor>/ (example: /api/data/v7.2/)")
	}
	for _, path := range []string{"/api/data/v8.2/contacts", "/api/data/", "/api/other"} {
		require.Equal(t, http.StatusNotFound, get(path).status, path)
	}
}
