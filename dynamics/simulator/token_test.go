package simulator_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestTokenEndpointRefuses(t *testing.T) {
	e := start(t, simulator.Options{})
	path := "/" + tenant + "/oauth2/v2.0/token"
	for _, c := range []struct {
		name, path, change, to string
		status                 int
		error, code            string
	}{
		{"wrong secret", path, "client_secret", "wrong", 401, "invalid_client", "AADSTS7000215: Invalid client secret provided."},
		{"no secret", path, "client_secret", "", 401, "invalid_client", "AADSTS7000218: "},
		{"unknown client", path, "client_id", "nobody", 400, "unauthorized_client", "AADSTS700016: Application with identifier 'nobody' was not found in the directory '" + tenant + "'."},
		{"no scope", path, "scope", "", 400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'scope'."},
		{"bad scope", path, "scope", "https://x.crm.dynamics.com/user_impersonation", 400, "invalid_scope", "AADSTS70011: The provided value for the input parameter 'scope' is not valid."},
		{"no grant", path, "grant_type", "", 400, "invalid_request", "AADSTS900144: "},
		{"other grant", path, "grant_type", "password", 400, "unsupported_grant_type", "AADSTS70003: "},
		{"other resource", path, "scope", "https://org541695ce.crm.dynamics.com/.default", 400, "invalid_resource", "AADSTS500011: The resource principal named https://org541695ce.crm.dynamics.com was not found in the tenant"},
		{"other tenant", "/22222222-2222-2222-2222-222222222222/oauth2/v2.0/token", "scope", "https://x/.default", 400, "invalid_request", "AADSTS90002: Tenant '22222222-2222-2222-2222-222222222222' not found."},
	} {
		t.Run(c.name, func(t *testing.T) {
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}, "scope": {e.url + "/.default"}}
			form.Set(c.change, c.to)
			a := e.post(c.path, form)
			body := a.json(t)
			require.Equal(t, c.status, a.status)
			require.Equal(t, c.error, body["error"])
			require.Contains(t, body["error_description"], c.code)
			require.Contains(t, body["error_description"], "\r\nTrace ID: ")
			for _, field := range []string{"error_codes", "timestamp", "trace_id", "correlation_id", "error_uri"} {
				require.Contains(t, body, field)
			}
		})
	}
}

// A proxy may make the environment known under any name.
func TestTokenForTheNameThatAProxyGave(t *testing.T) {
	e := start(t, simulator.Options{})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}}
	for _, c := range []struct{ host, scope string }{
		{"", "https://crm.example/.default"}, {"", "http://dynamics:9080/.default"}, {"", "http://localhost:1/.default"},
		{"login.microsoftonline.com", "https://org541695ce.crm.dynamics.com/.default"}, {"login.example", "https://org541695ce.crm4.dynamics.com/.default"},
	} {
		form.Set("scope", c.scope)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
		require.NoError(t, err)
		request.Host = c.host
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := e.http.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, c)
	}
}

func TestTokenAnswer(t *testing.T) {
	e := start(t, simulator.Options{})
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {e.url + "/.default openid offline_access profile"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.SetBasicAuth("client", "secret")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := e.http.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "the secret may come by HTTP Basic")

	form.Set("client_id", "client")
	form.Set("client_secret", "secret")
	body := e.post("/"+tenant+"/oauth2/v2.0/token", form).json(t)
	require.Equal(t, "Bearer", body["token_type"])
	require.Equal(t, 3599.0, body["expires_in"], "a number, not a text")
}

func TestOpenIDConfiguration(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.send(http.MethodGet, e.url+"/"+tenant+"/v2.0/.well-known/openid-configuration", "")
	require.Equal(t, e.url+"/"+tenant+"/oauth2/v2.0/token", a.json(t)["token_endpoint"])
	a = e.send(http.MethodGet, e.url+"/nowhere/v2.0/.well-known/openid-configuration", "")
	require.Equal(t, "invalid_tenant", a.json(t)["error"])
}

func TestTheFirstTokenEndpoint(t *testing.T) {
	e := start(t, simulator.Options{})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}}
	a := e.post("/"+tenant+"/oauth2/token", form)
	require.Equal(t, http.StatusBadRequest, a.status)
	require.Contains(t, a.body, "the following parameter: 'resource'")
	form.Set("resource", e.url+"/")
	body := e.post("/"+tenant+"/oauth2/token", form).json(t)
	require.Equal(t, "3599", body["expires_in"], "a text there")
	require.Equal(t, e.url+"/", body["resource"])
	e.token = body["access_token"].(string)
	require.Equal(t, http.StatusOK, e.get("WhoAmI").status)
}

func TestTokensSayInSecondsWhenTheyEnd(t *testing.T) {
	e := start(t, simulator.Options{})
	parts := strings.Split(e.token, ".")
	require.Len(t, parts, 3)
	decoded, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
	}
	require.NoError(t, json.Unmarshal(decoded, &claims))
	require.Equal(t, e.url, claims.Audience)
	require.InDelta(t, time.Now().Add(time.Hour).Unix(), claims.Expires, 60)
}

func TestDiscoveryOfTheCloud(t *testing.T) {
	e := start(t, simulator.Options{})
	a := e.send(http.MethodGet, e.url+"/common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape(e.url+"/"+tenant+"/oauth2/v2.0/authorize"), "")
	require.Equal(t, e.url+"/"+tenant+"/v2.0/.well-known/openid-configuration", a.json(t)["tenant_discovery_endpoint"])
	require.Len(t, a.json(t)["metadata"], 1)
	require.Equal(t, http.StatusBadRequest, e.send(http.MethodGet, e.url+"/common/discovery/instance", "").status)
	require.Contains(t, e.send(http.MethodGet, e.url+"/"+tenant+"/discovery/v2.0/keys", "").json(t), "keys")
}

func TestBearerToken(t *testing.T) {
	e := start(t, simulator.Options{})
	whoAmI := e.url + "/api/data/v9.2/WhoAmI"
	for name, header := range map[string]string{"none": "", "foreign": "Bearer abc.def.ghi", "other scheme": "Basic " + e.token, "changed": "Bearer " + e.token + "x"} {
		t.Run(name, func(t *testing.T) {
			a := e.send(http.MethodGet, whoAmI, "", "Authorization", header)
			require.Equal(t, http.StatusUnauthorized, a.status)
			require.Equal(t, "Bearer authorization_uri="+e.url+"/"+tenant+"/oauth2/authorize, resource_id="+e.url+"/", a.header.Get("WWW-Authenticate"))
			require.False(t, strings.HasPrefix(a.body, "{"), "the body is no OData error")
		})
	}
	require.Equal(t, http.StatusOK, e.send(http.MethodGet, whoAmI, "", "Authorization", "bearer "+e.token).status)
}

func TestTokensOutliveARestart(t *testing.T) {
	first, second := start(t, simulator.Options{}), start(t, simulator.Options{})
	second.token = first.token
	require.Equal(t, http.StatusOK, second.get("WhoAmI").status)
	other := start(t, simulator.Options{TenantID: tenant, TokenLifetime: time.Nanosecond})
	require.Equal(t, http.StatusUnauthorized, other.get("WhoAmI").status, "an expired token counts for nothing")
}
