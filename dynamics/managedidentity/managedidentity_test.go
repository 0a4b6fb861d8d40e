package managedidentity_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/managedidentity"
	"audienceflow/dynamics/simulator"
)

const clientID = "33333333-3333-3333-3333-333333333333"

// azureVariables tell a program on Azure where its endpoint is; a test sets them all.
func azureVariables(t *testing.T, set map[string]string) {
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET", "IMDS_ENDPOINT"} {
		t.Setenv(name, set[name])
	}
}

// leadingTo connects to one address only, whichever is asked for: 169.254.169.254 is not here.
func leadingTo(t *testing.T, address string) *http.Transport {
	transport := &http.Transport{DialContext: func(ctx context.Context, network, asked string) (net.Conn, error) {
		require.Equal(t, "169.254.169.254:80", asked)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// client works on an environment as a managed identity.
func client(t *testing.T, environment string, id string, transport *http.Transport) *dynamics.Client {
	source, err := managedidentity.New(id, transport)
	require.NoError(t, err)
	c, err := dynamics.New(dynamics.Config{Environment: environment, ClientID: id, ManagedIdentity: source, RequestTimeout: time.Second})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func start(t *testing.T) *simulator.Running {
	running, err := simulator.StartOn("127.0.0.1:0", simulator.Options{ClientID: clientID, ClientSecret: "header", Contacts: 1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	return running
}

func TestAVirtualMachinesIdentitySignsIn(t *testing.T) {
	azureVariables(t, nil)
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	for _, id := range []string{"", clientID} {
		s := start(t)
		c := client(t, s.URL, id, leadingTo(t, strings.TrimPrefix(s.URL, "http://")))
		_, err := c.WhoAmI(t.Context())
		require.NoError(t, err)
		require.Len(t, c.Addresses(), 1, "no sign-in service is asked")
	}
}

func TestAnAppServicesIdentitySignsIn(t *testing.T) {
	s := start(t)
	azureVariables(t, map[string]string{"IDENTITY_ENDPOINT": s.URL + "/msi/token", "IDENTITY_HEADER": "header"})
	c := client(t, s.URL, clientID, nil)
	result, err := c.Preflight(t.Context(), dynamics.PreflightInput{})
	require.NoError(t, err)
	require.Equal(t, "signed in by managed identity "+clientID, result.Steps[0].Detail)

	wrong := client(t, s.URL, "44444444-4444-4444-4444-444444444444", nil)
	requireSays(t, wrong.SignIn(t.Context()), dynamics.Misconfigured, "identity_not_found", "managed identity 44444444", "Assign the identity")

	azureVariables(t, map[string]string{"IDENTITY_ENDPOINT": s.URL + "/msi/token", "IDENTITY_HEADER": "wrong"})
	refused := client(t, s.URL, clientID, nil)
	requireSays(t, refused.SignIn(t.Context()), dynamics.Misconfigured, "identity_refused", "IDENTITY_HEADER")
}

func TestATokenThatDynamicsRefusesIsAskedForAfresh(t *testing.T) {
	azureVariables(t, nil)
	s := start(t)
	c := client(t, s.URL, "", leadingTo(t, strings.TrimPrefix(s.URL, "http://")))
	_, err := c.WhoAmI(t.Context())
	require.NoError(t, err)
	resp, err := http.Post(s.URL+"/_simulator/faults", "application/json", strings.NewReader(`{"kind":"expired-tokens"}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	_, err = c.WhoAmI(t.Context())
	require.NoError(t, err)
}

func requireSays(t *testing.T, err error, class dynamics.Class, says ...string) {
	t.Helper()
	var e *dynamics.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, class, e.Class(), e.Error())
	for _, text := range says {
		require.Contains(t, e.Error(), text)
	}
	require.NotContains(t, e.Error(), "hunter2")
	require.NotContains(t, e.Error(), "\n")
	require.NotContains(t, e.Error(), "header\"")
}

func TestWhatTheEndpointSays(t *testing.T) {
	azureVariables(t, nil)
	for name, test := range map[string]struct {
		status int
		body   string
		class  dynamics.Class
		says   []string
	}{
		"no system identity":  {400, `{"error":"invalid_request","error_description":"Identity not found hunter2"}`, dynamics.Misconfigured, []string{"HTTP 400 identity_not_found", "system-assigned managed identity", "DYNAMICS_CLIENT_ID"}},
		"other environment":   {400, `{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal named hunter2 was not found"}`, dynamics.Misconfigured, []string{"AADSTS500011", "DYNAMICS_ENVIRONMENT"}},
		"older words":         {400, `{"error":"invalid_resource","error_description":"AADSTS50001: The application named hunter2 was not found"}`, dynamics.Misconfigured, []string{"AADSTS50001"}},
		"bad request":         {400, `{"error":"bad_request_102","error_description":"Required metadata header not specified"}`, dynamics.Misconfigured, []string{"identity_refused", "(169.254.169.254)"}},
		"denied":              {403, `{"error":"access_denied","error_description":"hunter2"}`, dynamics.Misconfigured, []string{"HTTP 403 identity_refused"}},
		"being updated":       {404, ``, dynamics.Unavailable, []string{"HTTP 404 identity_endpoint_busy"}},
		"gone for 70 seconds": {410, ``, dynamics.Unavailable, []string{"HTTP 410 identity_endpoint_busy"}},
		"too often":           {429, `{"error":"too_many","error_description":"hunter2"}`, dynamics.Throttled, []string{"HTTP 429", "wait 7s"}},
		"broken":              {500, `{"error":"unknown","error_description":"Failed to retrieve token from the Active directory."}`, dynamics.Unavailable, []string{"HTTP 500 identity_endpoint_busy"}},
		"unavailable":         {503, `<html>`, dynamics.Unavailable, []string{"HTTP 503 identity_endpoint_busy"}},
		"another service":     {403, `<html>hunter2`, dynamics.Unavailable, []string{"HTTP 403 not_identity_endpoint"}},
		"a page":              {200, `<html>hunter2`, dynamics.Unavailable, []string{"HTTP 200 not_identity_endpoint"}},
		"no token":            {200, `{"token_type":"Bearer","expires_in":"3599"}`, dynamics.Unavailable, []string{"HTTP 200 not_identity_endpoint"}},
		"half an answer":      {200, `{"access_token":"hunter2`, dynamics.Unavailable, []string{"not_identity_endpoint"}},
		"a redirect":          {302, ``, dynamics.Unavailable, []string{"HTTP 302 not_identity_endpoint"}},
	} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int32
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.Header.Get("Metadata") != "true" || r.URL.Path != "/metadata/identity/oauth2/token" || r.URL.Query().Get("api-version") != "2018-02-01" {
					w.WriteHeader(http.StatusTeapot)
					return
				}
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "http://169.254.169.254/elsewhere")
				w.WriteHeader(test.status)
				fmt.Fprint(w, test.body)
			}))
			defer s.Close()
			c := client(t, "https://org.crm.dynamics.com", "", leadingTo(t, strings.TrimPrefix(s.URL, "http://")))
			requireSays(t, c.SignIn(t.Context()), test.class, test.says...)
			require.EqualValues(t, 1, asked.Load(), "whoever signs in decides when to ask again")
		})
	}
}

func TestAHostWithoutAnEndpointIsWaitedFor(t *testing.T) {
	azureVariables(t, nil)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	c := client(t, "https://org.crm.dynamics.com", "", leadingTo(t, strings.TrimPrefix(closed.URL, "http://")))
	requireSays(t, c.SignIn(t.Context()), dynamics.Unavailable, "no_identity_endpoint", "(169.254.169.254)", "DYNAMICS_CREDENTIAL")
}

func TestAnEndpointThatHangsIsNotWaitedForWithoutEnd(t *testing.T) {
	azureVariables(t, nil)
	end := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	defer s.Close()
	defer close(end)
	c := client(t, "https://org.crm.dynamics.com", "", leadingTo(t, strings.TrimPrefix(s.URL, "http://")))
	requireSays(t, c.SignIn(t.Context()), dynamics.Unavailable, "no_identity_endpoint")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	requireSays(t, c.SignIn(ctx), dynamics.Unavailable, "canceled")
}

func TestAnIdentityThatTheHostCannotHaveIsRefusedAtOnce(t *testing.T) {
	azureVariables(t, map[string]string{"MSI_ENDPOINT": "http://127.0.0.1:1/token"}) // Cloud Shell
	_, err := managedidentity.New(clientID, nil)
	require.ErrorContains(t, err, "user-assigned")
}
