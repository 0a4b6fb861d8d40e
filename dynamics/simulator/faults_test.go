package simulator_test

import (
	"fmt"
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
