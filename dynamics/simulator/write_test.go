package simulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestPatchConditions(t *testing.T) {
	e := start(t, simulator.Options{})
	id := contact(0)
	target := "contacts(" + id + ")"
	tag := e.get(target).header.Get("ETag")
	require.Regexp(t, `^W/"\d+"$`, tag)

	a := e.api(http.MethodPatch, target, `{"jobtitle":"Junior Developer"}`, "If-Match", "*", "If-None-Match", "null")
	require.Equal(t, http.StatusNoContent, a.status)
	require.Equal(t, e.url+"/api/data/v9.2/contacts("+id+")", a.header.Get("OData-EntityId"))

	e.api(http.MethodPatch, target, `{"jobtitle":"x"}`, "If-Match", tag).refused(t, http.StatusPreconditionFailed, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided.")
	e.api(http.MethodDelete, target, "", "If-Match", tag).refused(t, http.StatusPreconditionFailed, "0x80060882", "RowVersion")
	e.api(http.MethodPatch, target, `{"jobtitle":"x"}`, "If-None-Match", "*").refused(t, http.StatusPreconditionFailed, "0x80040237", "A record with matching key values already exists.")
	e.api(http.MethodPatch, "contacts("+absentID+")", `{"jobtitle":"x"}`, "If-Match", "*").refused(t, http.StatusNotFound, "0x80040217", "With Id = "+absentID+" Does Not Exist")
	tag = e.get(target).header.Get("ETag")
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, target, `{"jobtitle":"x"}`, "If-Match", tag).status)
	require.Equal(t, http.StatusNotModified, e.get(target+"?$select=jobtitle", "If-None-Match", e.get(target).header.Get("ETag")).status)
	require.Equal(t, http.StatusOK, e.get(target+"?$select=jobtitle", "If-None-Match", tag).status)
}

func TestUpsert(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.api(http.MethodPatch, "contacts("+absentID+")", `{"lastname":"New"}`, "If-Match", "null", "If-None-Match", "null")
	require.Equal(t, http.StatusNoContent, a.status)
	require.Equal(t, "New", e.get("contacts(" + absentID + ")").json(t)["lastname"])
	require.Equal(t, 11, e.server.Contacts())
	require.Equal(t, map[string]int{"upsert": 1, "retrieve": 1}, e.stats().ByKind)
}

func TestRepresentation(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.api(http.MethodPatch, "contacts("+contact(0)+")?$select=firstname,creditonhold", `{"firstname":"Ünal 😀"}`, "Prefer", "return=representation", "If-Match", "*")
	require.Equal(t, http.StatusOK, a.status)
	require.Equal(t, "return=representation", a.header.Get("Preference-Applied"))
	body := a.json(t)
	require.Equal(t, "Ünal 😀", body["firstname"])
	require.Equal(t, false, body["creditonhold"])
	require.Equal(t, contact(0), body["contactid"])
	require.Regexp(t, `^W/"\d+"$`, body["@odata.etag"])
	for _, c := range []byte(a.body) {
		require.Less(t, c, byte(0x80), "answers are pure ASCII")
	}
}

func TestCreateAndDelete(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.api(http.MethodPost, "contacts", `{"firstname":"Rafel","lastname":"Shillo"}`)
	require.Equal(t, http.StatusNoContent, a.status)
	target := strings.TrimPrefix(a.header.Get("OData-EntityId"), e.url+"/api/data/v9.2/")
	require.Equal(t, "Rafel Shillo", e.get(target).json(t)["fullname"])
	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, target, "").status)
	require.Equal(t, http.StatusNotFound, e.get(target).status)
	require.Equal(t, http.StatusNotFound, e.api(http.MethodDelete, target, "").status)
	a = e.api(http.MethodPost, "contacts", `{"contactid":"`+contact(0)+`","lastname":"Twice"}`)
	a.refused(t, http.StatusPreconditionFailed, "0x80040237", "matching key values")
}

func TestSingleProperty(t *testing.T) {
	e := start(t, simulator.Options{})
	target := "contacts(" + contact(0) + ")/jobtitle"
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPut, target, `{"value":"Chef"}`).status)
	require.Equal(t, "Chef", e.get(target).json(t)["value"])
	require.Equal(t, "Chef", e.get(target+"/$value").body)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, target, "").status)
	require.Equal(t, http.StatusNoContent, e.get(target).status, "a null property has no content")
	require.Equal(t, http.StatusNotFound, e.api(http.MethodPut, "contacts("+contact(0)+")/nope", `{"value":1}`).status)
	require.Equal(t, http.StatusBadRequest, e.api(http.MethodPut, target, `{"v":1}`).status)
}

func TestTypes(t *testing.T) {
	e := start(t, simulator.Options{Columns: []string{
		"acme_int:int", "acme_dec:decimal", "acme_mon:money", "acme_dbl:double", "acme_bool:bool", "acme_date:date", "acme_at:datetime", "acme_choice:choice", "acme_memo:memo:10",
	}})
	for _, c := range []struct{ column, sent, read string }{
		{"firstname", `"Jos\u00e9 \ud83d\ude00"`, `"José 😀"`},
		{"firstname", `""`, `null`}, // an empty text is stored as null
		{"firstname", `null`, `null`},
		{"acme_int", `-7`, `-7`},
		{"acme_dec", `1.005`, `1.01`},
		{"acme_dec", `-0.004`, `0.00`},
		{"acme_mon", `80000`, `80000.0000`},
		{"acme_mon", `12.345`, `12.3500`},
		{"acme_dbl", `2.5`, `2.5`},
		{"acme_dbl", `1e3`, `1000.0`},
		{"acme_bool", `true`, `true`},
		{"acme_bool", `null`, `null`},
		{"acme_date", `"2026-10-02"`, `"2026-10-02"`},
		{"acme_date", `null`, `null`},
		{"acme_at", `"2021-04-04T20:00:00Z"`, `"2021-04-04T20:00:00Z"`},
		{"acme_at", `"2021-04-04T20:00:00.75+02:00"`, `"2021-04-04T18:00:00Z"`},
		{"acme_choice", `100000001`, `100000001`},
		{"acme_memo", `"a\nb"`, `"a\nb"`},
		{"birthdate", `"1953-01-01"`, `"1953-01-01"`},
	} {
		t.Run(c.column+c.sent, func(t *testing.T) {
			target := "contacts(" + contact(0) + ")"
			a := e.api(http.MethodPatch, target, `{"`+c.column+`":`+c.sent+`}`, "If-Match", "*")
			require.Equal(t, http.StatusNoContent, a.status, a.body)
			body := e.get(target + "?$select=" + c.column).body
			require.JSONEq(t, `{"v":`+c.read+`}`, `{"v":`+member(body, c.column)+`}`)
			if strings.Contains(c.read, ".") {
				require.Equal(t, c.read, member(body, c.column), "numbers keep their digits")
			}
		})
	}
}

// A choice or a boolean that null was written to holds nothing: its default is for new rows alone.
func TestNullClearsWhatHasADefault(t *testing.T) {
	dir := t.TempDir()
	e := start(t, simulator.Options{DataDir: dir})
	target := "contacts(" + contact(0) + ")"
	columns := []string{"preferredcontactmethodcode", "donotemail"}
	look := func(e *environment) {
		body := e.get(target + "?$select=" + strings.Join(columns, ",")).body
		for _, column := range columns {
			require.Equal(t, "null", member(body, column))
			found := e.get("contacts?$select=contactid&$filter=" + url.QueryEscape(column+" eq null")).body
			require.Contains(t, found, contact(0))
			require.NotContains(t, found, contact(1), "it has its default")
		}
	}
	for _, column := range columns {
		require.NotEqual(t, "null", member(e.get(target+"?$select="+column).body, column))
		a := e.api(http.MethodPatch, target, `{"`+column+`":null}`, "If-Match", "*")
		require.Equal(t, http.StatusNoContent, a.status, a.body)
	}
	look(e)
	require.NoError(t, e.server.Close())
	look(start(t, simulator.Options{DataDir: dir}))
}

// member gives the raw JSON of one member that is a scalar.
func member(body, name string) string {
	_, rest, _ := strings.Cut(body, `"`+name+`":`)
	if strings.HasPrefix(rest, `"`) {
		return rest[:strings.Index(rest[1:], `"`)+2]
	}
	return rest[:strings.IndexAny(rest, ",}")]
}

func TestTypeRefusals(t *testing.T) {
	e := start(t, simulator.Options{Columns: []string{"acme_int:int", "acme_dec:decimal", "acme_choice:choice", "acme_at:datetime"}})
	for _, c := range []struct{ column, sent, code, message string }{
		{"firstname", `"` + strings.Repeat("x", 51) + `"`, "0x80044331", "A validation error occurred.  The length of the 'firstname' attribute of the 'contact' entity exceeded the maximum allowed length of '50'."},
		{"firstname", `"` + strings.Repeat("😀", 26) + `"`, "0x80044331", "'50'"}, // counted in UTF-16
		{"firstname", `5`, "0x80048d19", "to the expected type 'Edm.String'"},
		{"firstname", `{"a":1}`, "0x80048d19", "StartObject"},
		{"birthdate", `"1965-05-07T00:00:00Z"`, "0x80048d19", "Cannot convert the literal '1965-05-07T00:00:00Z' to the expected type 'Edm.Date'"},
		{"birthdate", `""`, "0x80048d19", "Cannot convert the literal '' to the expected type 'Edm.Date'"},
		{"birthdate", `"1752-12-31"`, "0x80040239", "Minimum value supported: 01/01/1753 00:00:00"},
		{"birthdate", `"2026-02-30"`, "0x80048d19", "Edm.Date"},
		{"acme_int", `""`, "0x80048d19", "Cannot convert the literal '' to the expected type 'Edm.Int32'"},
		{"acme_int", `1.5`, "0x80048d19", "Edm.Int32"},
		{"acme_int", `2147483648`, "0x80048d19", "Edm.Int32"},
		{"numberofchildren", `-1`, "0x80044330", "outside the valid range"},
		{"acme_dec", `"1"`, "0x80048d19", "Edm.Decimal"},
		{"acme_dec", `1e12`, "0x80044330", "outside the valid range"},
		{"acme_choice", `7`, "0x8004431a", "outside the valid range"},
		{"acme_at", `"yesterday"`, "0x80048d19", "Edm.DateTimeOffset"},
		{"acme_at", `"0001-01-01T00:00:00Z"`, "0x80040239", "Actual value: 01/01/0001 00:00:00, Minimum value supported: 01/01/1753 00:00:00"},
		{"donotemail", `"true"`, "0x80048d19", "Edm.Boolean"},
		{"statecode", `null`, "0x80040203", "cannot be set to NULL"},
		{"nope", `1`, "0x0", "Invalid property 'nope' was found in entity 'Microsoft.Dynamics.CRM.contact'."},
		{"parentcustomerid@odata.bind", `"accounts(` + simulator.GeneratedAccountID(1, 0) + `)"`, "0x80048d19", "An undeclared property 'parentcustomerid' which only has property annotations"},
	} {
		t.Run(c.column+c.sent, func(t *testing.T) {
			a := e.api(http.MethodPatch, "contacts("+contact(0)+")", `{"`+c.column+`":`+c.sent+`}`, "If-Match", "*")
			a.refused(t, http.StatusBadRequest, c.code, c.message)
		})
	}
	require.Zero(t, e.stats().RowsWritten)
}

func TestLookups(t *testing.T) {
	e := start(t, simulator.Options{})
	account, target := simulator.GeneratedAccountID(1, 2), "contacts("+contact(0)+")"
	a := e.api(http.MethodPatch, target, `{"parentcustomerid_account@odata.bind":"/accounts(`+account+`)"}`)
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	body := e.get(target+"?$select=_parentcustomerid_value&$expand=parentcustomerid_account($select=name)", "Prefer", `odata.include-annotations="*"`).json(t)
	require.Equal(t, e.url+"/api/data/v9.2/$metadata#contacts(_parentcustomerid_value,parentcustomerid_account(name))/$entity", body["@odata.context"])
	require.Equal(t, account, body["_parentcustomerid_value"])
	require.Equal(t, "account", body["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"])
	require.Equal(t, "parentcustomerid_account", body["_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"])
	require.Equal(t, "Account 3", body["_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"])
	require.Equal(t, "Account 3", body["parentcustomerid_account"].(map[string]any)["name"])
	require.Len(t, e.rows("contacts?$filter=_parentcustomerid_value eq "+account), 1)

	e.api(http.MethodPatch, target, `{"parentcustomerid_account@odata.bind":"accounts(`+absentID+`)"}`).refused(t, http.StatusNotFound, "0x80040217", "Does Not Exist")
	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, target+"/parentcustomerid_account/$ref", "").status)
	require.Nil(t, e.get(target).json(t)["_parentcustomerid_value"])
	ref := `{"@odata.id":"` + e.url + `/api/data/v9.2/accounts(` + account + `)"}`
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPut, target+"/parentcustomerid_account/$ref", ref).status)
	require.Equal(t, account, e.get(target).json(t)["_parentcustomerid_value"])
}

// @odata.bind with null is documented to clear a lookup; its own property is so only with a header.
func TestNullClearsALookup(t *testing.T) {
	e := start(t, simulator.Options{})
	account, target := simulator.GeneratedAccountID(1, 2), "contacts("+contact(0)+")"
	set := func() {
		a := e.api(http.MethodPatch, target, `{"parentcustomerid_account@odata.bind":"accounts(`+account+`)"}`)
		require.Equal(t, http.StatusNoContent, a.status, a.body)
	}
	const refusal = " cannot be updated to null. The reference property can only be deleted."
	for _, name := range []string{"_parentcustomerid_value", "parentcustomerid_account"} {
		set()
		body := `{"` + name + `":null}`
		e.api(http.MethodPatch, target, body).refused(t, http.StatusBadRequest, "0x80060888", "Property "+name+refusal)
		e.api(http.MethodPost, updateMultiple, targets(row(contact(0), `"`+name+`":null`))).refused(t, http.StatusBadRequest, "0x80060888", refusal)
		require.Equal(t, account, e.get(target).json(t)["_parentcustomerid_value"])
		require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, target, body, "AutoDisassociate", "true").status)
		require.Nil(t, e.get(target).json(t)["_parentcustomerid_value"])
		require.Equal(t, http.StatusNoContent, e.api(http.MethodPost, "contacts", body).status, "a new row points nowhere")
	}
	set()
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, target, `{"parentcustomerid_account@odata.bind":null}`).status)
	require.Nil(t, e.get(target).json(t)["_parentcustomerid_value"])
	e.api(http.MethodPatch, target, `{"_parentcustomerid_value":"`+account+`"}`).refused(t, http.StatusBadRequest, "0x80060888", "Use Navigation properties instead")
}

// What a lookup leads to, and its address alone.
func TestReferences(t *testing.T) {
	e := start(t, simulator.Options{Contacts: 3})
	account := simulator.GeneratedAccountID(1, 0)
	target := "contacts(" + contact(0) + ")/parentcustomerid_account"
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPut, target+"/$ref", `{"@odata.id":"accounts(`+account+`)"}`).status)
	require.JSONEq(t, `{"@odata.context":"`+e.url+`/api/data/v9.2/$metadata#$ref","@odata.id":"`+e.url+`/api/data/v9.2/accounts(`+account+`)"}`, e.get(target+"/$ref").body)
	require.Equal(t, "Account 1", e.get(target + "?$select=name").json(t)["name"])
	members := e.get("accounts(" + account + ")/contact_customer_accounts/$ref").json(t)
	require.Equal(t, e.url+"/api/data/v9.2/$metadata#Collection($ref)", members["@odata.context"])
	require.Contains(t, members["value"], map[string]any{"@odata.id": e.url + "/api/data/v9.2/contacts(" + contact(0) + ")"})
	require.Equal(t, e.url+"/api/data/v9.2/systemusers("+me(e)+")", e.get("contacts(" + contact(0) + ")/createdby/$ref").json(t)["@odata.id"])

	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, target+"/$ref", "").status)
	require.Equal(t, http.StatusNoContent, e.get(target+"/$ref").status, "it leads nowhere")
	require.Equal(t, http.StatusNoContent, e.get(target).status)
	require.Equal(t, http.StatusNotFound, e.get("contacts("+contact(0)+")/nope/$ref").status)
	require.Equal(t, http.StatusNotFound, e.get("contacts("+absentID+")/parentcustomerid_account/$ref").status)
}

// me is the application user.
func me(e *environment) string { return e.get("WhoAmI").json(e.t)["UserId"].(string) }

func TestAlternateKeys(t *testing.T) {
	e := start(t, simulator.Options{Keys: []string{"emailaddress1", "firstname,lastname"}})
	require.Equal(t, contact(3), e.get("contacts(emailaddress1='C3@example.com')").json(t)["contactid"])
	e.api(http.MethodPatch, "contacts(emailaddress1='nobody@x')", `{"firstname":"x"}`, "If-Match", "*").refused(t, http.StatusNotFound, "0x80060891", "A record with the specified key values does not exist in contact entity")
	e.get("contacts(jobtitle='x')").refused(t, http.StatusBadRequest, "0x0", "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.contact'.")
	a := e.api(http.MethodPatch, "contacts(firstname='Joe',lastname='O''Hara')", `{"jobtitle":"x"}`)
	require.Equal(t, http.StatusNoContent, a.status, a.body)
	require.Equal(t, "Joe O'Hara", e.get("contacts(lastname='O''Hara',firstname='Joe')").json(t)["fullname"])
	require.Equal(t, []any{"firstname", "lastname"}, e.rows("EntityDefinitions(LogicalName='contact')/Keys?$select=KeyAttributes,EntityKeyIndexStatus")[1]["KeyAttributes"])
}

func TestDuplicateDetection(t *testing.T) {
	e := start(t, simulator.Options{})
	const twin = `{"lastname":"Twin","emailaddress1":"C1@example.com"}`
	e.api(http.MethodPost, "contacts", twin, "MSCRM.SuppressDuplicateDetection", "false").refused(t, http.StatusPreconditionFailed, "0x80040333", "A record was not created or updated because a duplicate of the current record already exists.")
	e.api(http.MethodPatch, "contacts("+contact(0)+")", twin, "MSCRM.SuppressDuplicateDetection", "false").refused(t, http.StatusPreconditionFailed, "0x80040333", "duplicate")
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, "contacts("+contact(1)+")", twin, "MSCRM.SuppressDuplicateDetection", "false").status, "a row is no duplicate of itself")
	require.Equal(t, http.StatusNoContent, e.api(http.MethodPost, "contacts", twin).status, "it is off unless asked for")
}

func TestContactsOfAnAccount(t *testing.T) {
	e := start(t, simulator.Options{Contacts: 3})
	account := e.rows("accounts?$select=accountid&$top=1")[0]["accountid"].(string)
	of := "accounts(" + account + ")/contact_customer_accounts"
	for _, c := range e.rows("contacts?$select=contactid&$filter=_parentcustomerid_value eq " + account) {
		require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, of+"("+c["contactid"].(string)+")/$ref", "").status)
	}
	require.Empty(t, e.rows(of+"?$select=fullname"))
	for n := range 3 {
		a := e.api(http.MethodPost, of+"/$ref", `{"@odata.id":"`+e.url+`/api/data/v9.2/contacts(`+contact(n)+`)"}`)
		require.Equal(t, http.StatusNoContent, a.status, a.body)
	}
	require.Len(t, e.rows(of+"?$select=fullname&$filter=contactid ne "+contact(0)), 2)
	page := e.get(of+"?$select=fullname", "Prefer", "odata.maxpagesize=2").json(t)
	require.Equal(t, e.url+"/api/data/v9.2/$metadata#contacts(fullname)", page["@odata.context"])
	next := page["@odata.nextLink"].(string)
	require.Contains(t, next, of)
	require.Len(t, e.get(strings.TrimPrefix(next, e.url+"/api/data/v9.2/"), "Prefer", "odata.maxpagesize=2").json(t)["value"], 1)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, of+"/$ref?$id="+e.url+"/api/data/v9.2/contacts("+contact(1)+")", "").status)
	require.Len(t, e.rows(of), 2)
	require.Equal(t, http.StatusBadRequest, e.api(http.MethodPost, of+"/$ref", "{}").status)
	require.Equal(t, http.StatusNotFound, e.api(http.MethodPost, of+"/$ref", `{"@odata.id":"contacts(`+absentID+`)"}`).status)
	require.Equal(t, http.StatusNotFound, e.get(strings.Replace(of, account, absentID, 1)).status)
}
