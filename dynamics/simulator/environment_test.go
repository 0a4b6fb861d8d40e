package simulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

const (
	tenant     = "11111111-1111-1111-1111-111111111111"
	entityType = "Microsoft.Dynamics.CRM.contact"
	absentID   = "00000000-0000-0000-0000-00000000dead"
)

// environment is a running simulator with a signed-in client.
type environment struct {
	t      testing.TB
	url    string
	token  string
	server *simulator.Server
	http   *http.Client
}

type answer struct {
	status int
	header http.Header
	body   string
}

// start runs a simulator with ten contacts and a custom column, unless the options say otherwise.
func start(t testing.TB, o simulator.Options) *environment {
	t.Helper()
	if o.Contacts == 0 && o.ContactsFrom == "" {
		o.Contacts = 10
	}
	o.Columns = append(o.Columns, "acme_VipStatus:string:100")
	running, err := simulator.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	e := &environment{t: t, url: running.URL, server: running.Server, http: &http.Client{}}
	e.token = e.signIn()
	return e
}

func (e *environment) signIn() string {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}, "scope": {e.url + "/.default"}}
	a := e.post("/"+tenant+"/oauth2/v2.0/token", form)
	require.Equal(e.t, http.StatusOK, a.status, a.body)
	return a.json(e.t)["access_token"].(string)
}

func (e *environment) post(path string, form url.Values) answer {
	return e.send(http.MethodPost, e.url+path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

// api calls the Web API with the token; headers are names and values in turn.
func (e *environment) api(method, target, body string, headers ...string) answer {
	return e.send(method, e.url+"/api/data/v9.2/"+strings.ReplaceAll(target, " ", "%20"), body, append([]string{"Authorization", "Bearer " + e.token}, headers...)...)
}

func (e *environment) get(target string, headers ...string) answer {
	return e.api(http.MethodGet, target, "", headers...)
}

// rows gives the value array of a GET.
func (e *environment) rows(target string, headers ...string) []map[string]any {
	a := e.get(target, headers...)
	require.Equal(e.t, http.StatusOK, a.status, a.body)
	var parsed struct{ Value []map[string]any }
	require.NoError(e.t, json.Unmarshal([]byte(a.body), &parsed))
	return parsed.Value
}

func (e *environment) control(method, path, body string) answer {
	return e.send(method, e.url+"/_simulator/"+path, body)
}

func (e *environment) stats() simulator.Stats {
	var s simulator.Stats
	require.NoError(e.t, json.Unmarshal([]byte(e.control(http.MethodGet, "stats", "").body), &s))
	return s
}

func (e *environment) send(method, target, body string, headers ...string) answer {
	r, err := e.request(method, target, body, headers...)
	require.NoError(e.t, err)
	return r
}

// request is like send but gives the error of a connection that was cut.
func (e *environment) request(method, target, body string, headers ...string) (answer, error) {
	request, err := http.NewRequestWithContext(e.t.Context(), method, target, strings.NewReader(body))
	require.NoError(e.t, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := e.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(content)}, err
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var parsed map[string]any
	require.NoError(t, json.Unmarshal([]byte(a.body), &parsed), a.body)
	return parsed
}

// refused checks an error answer to the letter.
func (a answer) refused(t testing.TB, status int, code, message string) {
	t.Helper()
	require.Equal(t, status, a.status, a.body)
	inner, ok := a.json(t)["error"].(map[string]any)
	require.True(t, ok, a.body)
	require.Equal(t, code, inner["code"])
	require.Contains(t, inner["message"], message)
}

func contact(i int) string { return simulator.GeneratedID(1, i) }

// targets makes the body of a bulk message from members of rows, each given as `"a":1,"b":2`.
func targets(rows ...string) string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = `{"@odata.type":"` + entityType + `",` + row + `}`
	}
	return `{"Targets":[` + strings.Join(list, ",") + `]}`
}

func row(id, members string) string { return `"contactid":"` + id + `",` + members }
