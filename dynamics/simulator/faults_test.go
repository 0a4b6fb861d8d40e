package simulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func (e *environment) fault(body string) {
	a := e.control(http.MethodPost, "faults", body)
	require.Equal(e.t, http.StatusOK, a.status, a.body)
}

func (e *environment) write(id string) answer {
	return e.api(http.MethodPost, updateMultiple, targets(row(id, `"acme_vipstatus":"realized"`)))
}

func TestStatusFaults(t *testing.T) {
	e := start(t, simulator.Options{})
	e.fault(`{"kind":"status","status":503,"count":1}`)
	a := e.get("WhoAmI")
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, "text/html", a.header.Get("Content-Type"))
	require.Contains(t, a.body, "<html>")
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status, "count is used up")

	e.fault(`[{"kind":"code","status":500,"code":"0x80044150","message":"Sql Number: 1205","match":"UpdateMultiple","count":1}]`)
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
	e.write(contact(0)).refused(t, http.StatusInternalServerError, "0x80044150", "Sql Number: 1205")

	e.fault(`{"kind":"status","status":429,"seconds":7,"count":1}`)
	a = e.get("WhoAmI")
	require.Equal(t, "7", a.header.Get("Retry-After"))
	a.refused(t, http.StatusTooManyRequests, "0x80072322", "Number of requests")
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
	require.Equal(t, 1, e.stats().EarlyRetries, "a request inside a Retry-After is early, whoever gave it")
}

func TestRowFaults(t *testing.T) {
	e := start(t, simulator.Options{})
	e.fault(`{"kind":"plug-in error","ids":["` + contact(1) + `"],"message":"No VIPs today."}`)
	body := targets(row(contact(0), `"acme_vipstatus":"x"`), row(contact(1), `"acme_vipstatus":"x"`))
	for range 2 {
		e.api(http.MethodPost, updateMultiple, body).refused(t, http.StatusBadRequest, "0x80040265", "No VIPs today.")
	}
	require.Empty(t, e.statuses()[contact(0)])
	e.api(http.MethodPatch, "contacts("+contact(1)+")", `{"firstname":"x"}`).refused(t, http.StatusBadRequest, "0x80040265", "No VIPs")
	require.Equal(t, http.StatusNoContent, e.write(contact(0)).status)
	detailed := e.api(http.MethodPost, updateMultiple, body, "Prefer", `odata.include-annotations="*"`)
	require.Contains(t, detailed.body, `"@Microsoft.PowerApps.CDS.InnerError.Message":"No VIPs today."`)

	e.fault(`{"kind":"deadlock","ids":["` + contact(2) + `"],"count":1}`)
	e.write(contact(2)).refused(t, http.StatusInternalServerError, "0x80044150", "Sql Number: 1205")
	require.Equal(t, http.StatusNoContent, e.write(contact(2)).status)

	e.fault(`{"kind":"sql-timeout","rows":1}`)
	e.api(http.MethodPost, updateMultiple, targets(row(contact(3), `"firstname":"x"`), row(contact(4), `"firstname":"x"`))).refused(t, http.StatusInternalServerError, "0x80044151", "Sql Number: -2")
	require.Equal(t, http.StatusNoContent, e.write(contact(3)).status)
	require.Equal(t, http.StatusOK, e.control(http.MethodDelete, "faults", "").status)
	require.Equal(t, "[]\n", e.control(http.MethodGet, "faults", "").body)
}

func TestCutConnections(t *testing.T) {
	e := start(t, simulator.Options{})
	send := func(id string) error {
		_, err := e.request(http.MethodPost, e.url+"/api/data/v9.2/"+updateMultiple, targets(row(id, `"acme_vipstatus":"x"`)), "Authorization", "Bearer "+e.token)
		return err
	}
	e.fault(`{"kind":"cut-before","count":1}`)
	require.Error(t, send(contact(0)))
	require.Empty(t, e.statuses()[contact(0)])
	e.fault(`{"kind":"cut after","count":1}`)
	require.Error(t, send(contact(1)))
	require.Equal(t, "x", e.statuses()[contact(1)], "the work was done")
	require.NoError(t, send(contact(2)))
	require.Equal(t, 2, e.stats().RowsWritten)
}

func TestHangAndSlowBody(t *testing.T) {
	e := start(t, simulator.Options{})
	e.http.Timeout = 100 * time.Millisecond
	e.fault(`{"kind":"hang","count":1}`)
	_, err := e.request(http.MethodGet, e.url+"/api/data/v9.2/WhoAmI", "", "Authorization", "Bearer "+e.token)
	require.Error(t, err, "without seconds a hanging request ends with its client")
	e.fault(`{"kind":"slow-body","seconds":30,"count":1}`)
	_, err = e.request(http.MethodGet, e.url+"/api/data/v9.2/contacts", "", "Authorization", "Bearer "+e.token)
	require.Error(t, err)
	e.http.Timeout = 0
	e.fault(`{"kind":"hang","seconds":0.001,"count":1}`)
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
}

func TestTokenFaults(t *testing.T) {
	e := start(t, simulator.Options{})
	e.fault(`{"kind":"expired tokens"}`)
	require.Equal(t, http.StatusUnauthorized, e.get("WhoAmI").status)
	e.token = e.signIn()
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
	e.fault(`{"kind":"token-lifetime","count":1}`)
	e.token = e.signIn()
	require.Equal(t, http.StatusUnauthorized, e.get("WhoAmI").status, "it expired at once")
	e.fault(`{"kind":"status","status":503,"match":"/oauth2/v2.0/token","count":1}`)
	require.Equal(t, http.StatusServiceUnavailable, e.post("/"+tenant+"/oauth2/v2.0/token", url.Values{}).status)
	e.token = e.signIn()
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
}

func TestOutageAndShare(t *testing.T) {
	e := start(t, simulator.Options{})
	e.fault(`{"kind":"outage","seconds":3600}`)
	require.Equal(t, http.StatusServiceUnavailable, e.get("WhoAmI").status)
	require.Equal(t, http.StatusServiceUnavailable, e.write(contact(0)).status)
	require.Equal(t, http.StatusOK, e.control(http.MethodPost, "reset", "").status)
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)

	e.fault(`{"kind":"status","status":502,"share":0.25}`)
	hits := 0
	for range 400 {
		if e.get("WhoAmI").status == http.StatusBadGateway {
			hits++
		}
	}
	require.InDelta(t, 100, hits, 40)
}

func TestFaultRefusals(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, body := range []string{`{"kind":"nonsense"}`, `{`, `{"kind":"plugin","ids":["x"]}`} {
		require.Equal(t, http.StatusBadRequest, e.control(http.MethodPost, "faults", body).status)
	}
	require.True(t, strings.Contains(fmt.Sprint(e.server.AddFault(simulator.Fault{Kind: "x"})), "unknown kind"))
}

// TestDisguises: what stands between a client and the service answers in its place, or spoils its
// answer.
func TestDisguises(t *testing.T) {
	e := start(t, simulator.Options{})
	for _, tc := range []struct {
		fault, kind, body string
		status            int
		done              bool
	}{
		{`{"kind":"html"`, "text/html; charset=utf-8", "<!DOCTYPE html>", 200, false},
		{`{"kind":"html","status":403`, "text/html; charset=utf-8", "<!DOCTYPE html>", 403, false},
		{`{"kind":"foreign"`, "application/json; charset=utf-8", `[{"id":1`, 200, false},
		{`{"kind":"empty"`, "", "", 204, false},
		{`{"kind":"empty","status":500`, "", "", 500, false},
		{`{"kind":"truncated"`, "", "", 204, true},
		{`{"kind":"elsewhere"`, "", "", 204, true},
	} {
		before := e.stats().RowsWritten
		e.fault(tc.fault + `,"count":1,"match":"UpdateMultiple"}`)
		a := e.write(contact(0))
		require.Equal(t, tc.status, a.status, tc.fault)
		require.Equal(t, tc.kind, a.header.Get("Content-Type"), tc.fault)
		require.Contains(t, a.body, tc.body)
		require.Equal(t, tc.done, a.header.Get("OData-Version") != "", tc.fault)
		require.Equal(t, tc.done, a.header.Get("REQ_ID") != "", tc.fault)
		require.Equal(t, tc.done, e.stats().RowsWritten > before, tc.fault)
	}
	e.fault(`{"kind":"redirect","count":1}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.url+"/api/data/v9.2/WhoAmI", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+e.token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusFound, resp.StatusCode)
	require.Equal(t, "https://other.crm.dynamics.com/", resp.Header.Get("Location"))
	whole := e.get("WhoAmI")
	e.fault(`{"kind":"truncated","count":1}`)
	require.Equal(t, whole.body[:len(whole.body)/2], e.get("WhoAmI").body)
	e.fault(`{"kind":"elsewhere","count":1}`)
	other := e.get("WhoAmI").json(t)
	require.Contains(t, other["@odata.context"], "https://other.crm.dynamics.com/api/data/v9.2/$metadata#")
	require.NotEqual(t, whole.json(t)["OrganizationId"], other["OrganizationId"])
}

func TestDisguisesOfTheTokenEndpoint(t *testing.T) {
	e := start(t, simulator.Options{})
	ask := func() (int, string, error) {
		resp, err := http.PostForm(e.url+"/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}, "scope": {e.url + "/.default"},
		})
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body), err
	}
	for fault, want := range map[string]string{
		`{"kind":"html"`: "<!DOCTYPE html>", `{"kind":"foreign"`: `[{"id":1`, `{"kind":"truncated"`: `{"token_type":"Bearer"`,
		`{"kind":"slow","seconds":0.02`: "access_token", `{"kind":"hang-after","seconds":0.02`: "access_token",
	} {
		e.fault(fault + `,"count":1,"match":"oauth2"}`)
		status, body, err := ask()
		require.NoError(t, err, fault)
		require.Equal(t, http.StatusOK, status, fault)
		require.True(t, strings.Contains(body, want), "%s: %s", fault, body)
		require.Equal(t, strings.Contains(fault, "seconds"), strings.HasSuffix(body, "}"), fault)
	}
	for _, fault := range []string{`{"kind":"cut-after"`, `{"kind":"broken-gzip"`} {
		e.fault(fault + `,"count":1,"match":"oauth2"}`)
		_, _, err := ask()
		require.Error(t, err, fault)
	}
	e.fault(`{"kind":"empty","count":1,"match":"oauth2"}`)
	status, _, err := ask()
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, status)
	status, _, err = ask()
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
}
