package simulator_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestTheEndpointOfManagedIdentities(t *testing.T) {
	e := start(t, simulator.Options{Clients: []string{"second:s2"}})
	resource := "&resource=" + url.QueryEscape(e.url)
	for name, test := range map[string]struct {
		path   string
		header []string
		status int
		says   string
	}{
		"a virtual machine":   {"/metadata/identity/oauth2/token?api-version=2018-02-01" + resource, []string{"Metadata", "true"}, 200, `"client_id":"client"`},
		"an identity of many": {"/metadata/identity/oauth2/token?api-version=2018-02-01&client_id=second" + resource, []string{"Metadata", "true"}, 200, `"client_id":"second"`},
		"no such identity":    {"/metadata/identity/oauth2/token?api-version=2018-02-01&client_id=third" + resource, []string{"Metadata", "true"}, 400, "Identity not found"},
		"no header":           {"/metadata/identity/oauth2/token?api-version=2018-02-01" + resource, nil, 400, "bad_request_102"},
		"handed on":           {"/metadata/identity/oauth2/token?api-version=2018-02-01" + resource, []string{"Metadata", "true", "X-Forwarded-For", "10.0.0.1"}, 400, "bad_request_102"},
		"no version":          {"/metadata/identity/oauth2/token?" + resource[1:], []string{"Metadata", "true"}, 400, "api-version"},
		"no resource":         {"/metadata/identity/oauth2/token?api-version=2018-02-01", []string{"Metadata", "true"}, 400, "resource"},
		"an App Service":      {"/msi/token?api-version=2019-08-01" + resource, []string{"X-IDENTITY-HEADER", "secret"}, 200, `"expires_on":"`},
		"a wrong header":      {"/msi/token?api-version=2019-08-01" + resource, []string{"X-IDENTITY-HEADER", "wrong"}, 403, "Forbidden"},
		"another cloud's":     {"/msi/token?api-version=2019-08-01&resource=https://other.crm.dynamics.com", []string{"X-IDENTITY-HEADER", "secret"}, 400, "AADSTS500011"},
	} {
		t.Run(name, func(t *testing.T) {
			a := e.send(http.MethodGet, e.url+test.path, "", test.header...)
			require.Equal(t, test.status, a.status, a.body)
			require.Contains(t, a.body, test.says)
			if a.status == http.StatusOK {
				other := *e
				other.token = a.json(t)["access_token"].(string)
				require.Equal(t, http.StatusOK, other.get("WhoAmI").status)
			}
		})
	}
}

func TestFederatedSignIn(t *testing.T) {
	key, _, _ := certificate(t)
	e := start(t, simulator.Options{Federated: "https://oidc.example,system:serviceaccount:crm:worker"})
	for code, change := range map[string]map[string]any{
		"": {}, "AADSTS700211": {"iss": "https://other.example"}, "AADSTS700213": {"sub": "other"},
		"AADSTS700212": {"aud": "api://other"}, "AADSTS700024": {"exp": time.Now().Add(-time.Second).Unix()},
	} {
		claims := map[string]any{
			"iss": "https://oidc.example", "sub": "system:serviceaccount:crm:worker",
			"aud": []string{"api://AzureADTokenExchange"}, "exp": time.Now().Add(time.Minute).Unix(),
		}
		for name, value := range change {
			claims[name] = value
		}
		a := e.post("/"+tenant+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"client"}, "scope": {e.url + "/.default"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assertion(t, key, map[string]any{"alg": "RS256"}, claims)},
		})
		if code == "" {
			require.Equal(t, http.StatusOK, a.status, a.body)
			continue
		}
		require.Equal(t, http.StatusUnauthorized, a.status)
		require.Contains(t, a.body, code)
	}
}
