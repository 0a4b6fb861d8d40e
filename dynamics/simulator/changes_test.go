package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// Changes are tracked from a first reading on: what is new or changed, and what is no more.
func TestChangesSince(t *testing.T) {
	e := start(t, simulator.Options{})
	api := e.url + "/api/data/v9.2/"
	first := e.get("contacts?$select=firstname", "Prefer", "odata.track-changes,odata.maxpagesize=7")
	require.Contains(t, first.header.Get("Preference-Applied"), "odata.track-changes")
	require.NotContains(t, first.body, "deltaLink", "there is another page")
	next := strings.TrimPrefix(first.json(t)["@odata.nextLink"].(string), api)
	link := e.get(next, "Prefer", "odata.track-changes,odata.maxpagesize=7").json(t)["@odata.deltaLink"].(string)
	require.Regexp(t, `^`+api+`contacts\?\$select=firstname&\$deltatoken=\d+%21\d\d%2F\d\d%2F\d{4}\+\d\d%3A\d\d%3A\d\d$`, link)

	changes := func(link string) map[string]any { return e.get(strings.TrimPrefix(link, api)).json(t) }
	none := changes(link)
	require.Empty(t, none["value"])
	require.Equal(t, api+"$metadata#contacts(firstname)/$delta", none["@odata.context"])

	require.Equal(t, http.StatusNoContent, e.api(http.MethodPatch, "contacts("+contact(1)+")", `{"firstname":"New"}`).status)
	require.Equal(t, http.StatusNoContent, e.api(http.MethodDelete, "contacts("+contact(2)+")", "").status)
	failing := batchOf(changeSet(part("DELETE /api/data/v9.2/contacts("+contact(3)+")", ""), patch(absentID, `"firstname":"x"`)))
	require.NotEqual(t, http.StatusOK, e.batch(failing).status)
	some := changes(none["@odata.deltaLink"].(string))
	require.Equal(t, []any{
		map[string]any{"@odata.etag": some["value"].([]any)[0].(map[string]any)["@odata.etag"], "contactid": contact(1), "firstname": "New"},
		map[string]any{"@odata.context": api + "$metadata#contacts/$deletedEntity", "id": contact(2), "reason": "deleted"},
	}, some["value"])
	require.Empty(t, changes(some["@odata.deltaLink"].(string))["value"])

	require.Equal(t, http.StatusBadRequest, e.get("contacts?$deltatoken=nonsense").status)
	require.Equal(t, http.StatusBadRequest, e.get("contacts?$deltatoken=999999999%21x").status)
	require.Equal(t, http.StatusBadRequest, e.get("contacts?$filter=firstname eq 'x'", "Prefer", "odata.track-changes").status)
	token := link[strings.Index(link, "$deltatoken"):]
	for _, part := range []string{"contacts?$filter=firstname eq 'x'&", "accounts(" + simulator.GeneratedAccountID(1, 0) + ")/contact_customer_accounts?"} {
		require.Equal(t, http.StatusBadRequest, e.get(part+token).status, "a part of the table's changes")
	}
}
