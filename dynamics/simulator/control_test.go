package simulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestControlContacts(t *testing.T) {
	e := start(t, simulator.Options{Columns: []string{"acme_score:int"}})
	ids := strings.Fields(e.control(http.MethodGet, "contacts", "").body)
	require.Len(t, ids, 10)
	require.Contains(t, ids, contact(3))
	require.IsIncreasing(t, ids)

	a := e.control(http.MethodPost, "contacts", `[{"contactid":"`+strings.ToUpper(absentID)+`","firstname":"A, \"B\"","birthdate":"2001-02-03","acme_score":7},{"contactid":"`+contact(0)+`","delete":true}]`)
	require.Equal(t, http.StatusOK, a.status, a.body)
	csv := e.control(http.MethodGet, "contacts?select=contactid,firstname,birthdate,acme_score,acme_vipstatus,donotemail", "").body
	require.True(t, strings.HasPrefix(csv, "contactid,firstname,birthdate,acme_score,acme_vipstatus,donotemail\n"))
	require.Contains(t, csv, absentID+`,"A, ""B""",2001-02-03,7,,false`+"\n")
	require.NotContains(t, csv, contact(0))

	row := e.get("contacts(" + absentID + ")?$select=_modifiedby_value,_createdby_value").json(t)
	require.NotEqual(t, row["_createdby_value"], row["_modifiedby_value"], "it was changed behind the client's back")
	require.Empty(t, e.control(http.MethodGet, "writes", "").body)
	require.Zero(t, e.stats().RowsWritten)

	for _, bad := range []string{`{}`, `[{"firstname":"x"}]`, `[{"contactid":"` + absentID + `","nope":1}]`, `[{"contactid":"` + absentID + `","birthdate":"soon"}]`} {
		require.Equal(t, http.StatusBadRequest, e.control(http.MethodPost, "contacts", bad).status, bad)
	}
	require.Equal(t, http.StatusBadRequest, e.control(http.MethodGet, "contacts?select=nope", "").status)
	require.Equal(t, http.StatusNotFound, e.control(http.MethodGet, "nope", "").status)
}

func TestWritesAndStats(t *testing.T) {
	e := start(t, simulator.Options{})
	body := targets(row(contact(0), `"acme_vipstatus":"x","firstname":"y"`), row(contact(1), `"acme_vipstatus":"x"`))
	e.api(http.MethodPost, updateMultiple, body, "MSCRM.SuppressCallbackRegistrationExpanderJob", "true", "x-ms-client-request-id", "r1")
	e.api(http.MethodPatch, "contacts("+absentID+")", `{"firstname":"x"}`, "If-Match", "*")
	e.api(http.MethodDelete, "contacts("+contact(2)+")", "")
	lines := strings.Split(strings.TrimSpace(e.control(http.MethodGet, "writes", "").body), "\n")
	require.Len(t, lines, 3)
	var first struct {
		Time, ContactID, Kind string
		Columns               []string
		Headers               map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &first))
	require.Equal(t, contact(0), first.ContactID)
	require.Equal(t, []string{"acme_vipstatus", "firstname"}, first.Columns)
	require.Equal(t, "UpdateMultiple", first.Kind)
	require.Equal(t, "true", first.Headers["mscrm.suppresscallbackregistrationexpanderjob"])
	require.NotContains(t, lines[0], e.token)
	require.Contains(t, lines[1], `"columns":["acme_vipstatus"]`)
	require.Contains(t, lines[2], `"kind":"delete"`)

	s := e.stats()
	require.Equal(t, 3, s.Requests)
	require.Equal(t, 1, s.TokenRequests)
	require.Equal(t, 3, s.RowsWritten)
	require.Equal(t, map[string]int{"UpdateMultiple": 1, "update": 1, "delete": 1}, s.ByKind)
	require.Equal(t, map[int]int{204: 2, 404: 1}, s.ByStatus)
	require.Equal(t, 1, s.PeakInFlight)

	require.Equal(t, http.StatusOK, e.control(http.MethodPost, "reset", "").status)
	require.Zero(t, e.stats().Requests)
	require.Empty(t, e.control(http.MethodGet, "writes", "").body)
	require.Equal(t, "x", e.statuses()[contact(0)], "rows stay")
	require.Equal(t, http.StatusOK, e.control(http.MethodPost, "reset?contacts=true", "").status)
	require.Len(t, e.statuses(), 10)
	require.Empty(t, e.statuses()[contact(0)], "unless they are to be as at the start")
}

func TestLimitsOverHTTP(t *testing.T) {
	e := start(t, simulator.Options{})
	require.Equal(t, http.StatusOK, e.control(http.MethodPost, "limits", `{"requests":2}`).status)
	require.Equal(t, 2, e.server.Limits().Requests)
	require.Equal(t, 52, e.server.Limits().Concurrency, "what is not named stays")
	a := e.get("WhoAmI")
	require.Equal(t, "1", a.header.Get("x-ms-ratelimit-burst-remaining-xrm-requests"))
	require.Equal(t, "1,200.00", a.header.Get("x-ms-ratelimit-time-remaining-xrm-requests"))
	require.Equal(t, "8", a.header.Get("x-ms-dop-hint"))
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
	a = e.get("WhoAmI")
	a.refused(t, http.StatusTooManyRequests, "0x80072322", "exceeded the limit of 2 over")
	require.Regexp(t, `^\d+$`, a.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, e.control(http.MethodGet, "stats", "").status, "the control endpoints are never limited")
	require.Equal(t, 1, e.stats().Throttled["requests"])
	require.Equal(t, http.StatusOK, e.control(http.MethodPost, "limits", `{"on":false}`).status)
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
	require.Equal(t, http.StatusBadRequest, e.control(http.MethodPost, "limits", `{"requests":0}`).status)
}

func TestAffinityCookie(t *testing.T) {
	e := start(t, simulator.Options{Servers: 4})
	seen := map[string]bool{}
	var kept string
	for range 8 {
		kept = e.get("WhoAmI").header.Values("Set-Cookie")[0]
		seen[kept] = true
	}
	require.Len(t, seen, 4)
	name, _, _ := strings.Cut(kept, ";")
	a := e.get("WhoAmI", "Cookie", name)
	require.Empty(t, a.header.Values("Set-Cookie"))
	require.Equal(t, "32", a.header.Get("x-ms-dop-hint"))
}
