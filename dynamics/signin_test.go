package dynamics_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func whoAmI(w http.ResponseWriter, _ request) {
	reply(w, `{"BusinessUnitId":"%s","UserId":"%s","OrganizationId":"%s"}`, contactID(1), contactID(2), contactID(3))
}

func requireError(t *testing.T, err error, class dynamics.Class, says ...string) {
	t.Helper()
	_ = errorOf(t, err, class, says...)
}

// errorOf is the client's error, once it is of the class and says what it should.
func errorOf(t *testing.T, err error, class dynamics.Class, says ...string) *dynamics.Error {
	t.Helper()
	var e *dynamics.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, class, e.Class(), e.Error())
	for _, s := range says {
		require.Contains(t, e.Error(), s)
	}
	require.NotContains(t, e.Error(), "\n")
	return e
}

func TestTokenIsAskedForOnceAndSentWithEveryRequest(t *testing.T) {
	f := newFake(t, whoAmI)
	f.token = func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, r.ParseForm())
		require.Equal(t, "client_credentials", r.PostForm.Get("grant_type"))
		require.Equal(t, "http://"+r.Host+"/.default", r.PostForm.Get("scope"))
		require.Equal(t, "/"+tenant+"/oauth2/v2.0/token", r.URL.Path)
		reply(w, `{"token_type":"Bearer","expires_in":"3599","access_token":"t"}`)
	}
	c := f.client()
	for range 3 {
		id, err := c.WhoAmI(t.Context())
		require.NoError(t, err)
		require.Equal(t, dynamics.Identity{UserID: contactID(2), BusinessUnitID: contactID(1), OrganizationID: contactID(3)}, id)
	}
	require.Equal(t, 1, f.tokens)
	session := ""
	ids := map[string]bool{}
	for _, r := range f.requests() {
		require.Equal(t, "Bearer t", r.Header.Get("Authorization"))
		require.Equal(t, "4.0", r.Header.Get("OData-Version"))
		session = r.Header.Get("x-ms-client-session-id")
		ids[r.Header.Get("x-ms-client-request-id")] = true
	}
	require.Len(t, session, 36)
	require.Len(t, ids, 3)
}

func TestShortLivedTokenIsRenewed(t *testing.T) {
	f := newFake(t, whoAmI)
	f.token = func(w http.ResponseWriter, _ *http.Request) {
		reply(w, `{"token_type":"Bearer","expires_in":0,"access_token":"t"}`)
	}
	c := f.client()
	for range 2 {
		_, err := c.WhoAmI(t.Context())
		require.NoError(t, err)
	}
	require.Equal(t, 2, f.tokens)
}

func TestChangedSecretIsPickedUpAfterA401(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r request) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		whoAmI(w, r)
	})
	secret := "secret"
	c := f.client(func(c *dynamics.Config) { c.Secret = func() (string, error) { return secret + "\n", nil } })
	require.NoError(t, c.SignIn(t.Context()))
	secret, f.secret = "new", "new"
	_, err := c.WhoAmI(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, f.tokens)
}

func TestFreshTokenThatIsRefusedNamesTheRightTenant(t *testing.T) {
	const other = "22222222-2222-2222-2222-222222222222"
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		w.Header().Set("WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/"+other+"/oauth2/authorize, resource_id=https://org.crm.dynamics.com/")
		w.WriteHeader(http.StatusUnauthorized)
	})
	_, err := f.client().WhoAmI(t.Context())
	requireError(t, err, dynamics.Misconfigured, other, "Set DYNAMICS_TENANT_ID")
	require.Equal(t, 2, f.tokens, "once more after a 401, and no oftener")
}

func TestTokensThatAreEndedTwiceWhileARequestWaitsAreRenewed(t *testing.T) {
	answers := []int{401, 429, 401, 429, 401, 200}
	f := newFake(t, func(w http.ResponseWriter, r request) {
		status := answers[0]
		answers = answers[1:]
		switch status {
		case http.StatusOK:
			whoAmI(w, r)
		case http.StatusTooManyRequests:
			w.Header().Set("Retry-After", "0.01")
			refuse(w, status, "0x80072326", "Number of concurrent requests exceeded the limit of 52.")
		default:
			w.WriteHeader(status)
		}
	})
	_, err := f.client().WhoAmI(t.Context())
	require.NoError(t, err)
	require.Empty(t, answers)
	require.Equal(t, 4, f.tokens)
}

func TestPrivilegesAreNamedAsTheyAre(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		refuse(w, http.StatusForbidden, "0x80040220", "Principal user is missing prvReadacme_Loyalty_2 privilege (Id=1) on OTC=10012")
	})
	_, err := f.client().WhoAmI(t.Context())
	requireError(t, err, dynamics.Forbidden, "(prvReadacme_Loyalty_2)")
}

func TestRefusedSignIns(t *testing.T) {
	for _, tc := range []struct {
		status      int
		body        string
		class       dynamics.Class
		code, fixes string
	}{
		{401, `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app are expired."}`, dynamics.Misconfigured, "AADSTS7000222", "new secret"},
		{400, `{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found","error_codes":[700016]}`, dynamics.Misconfigured, "AADSTS700016", "DYNAMICS_CLIENT_ID"},
		{400, `{"error":"invalid_request","error_description":"AADSTS90002: Tenant 'x' not found."}`, dynamics.Misconfigured, "AADSTS90002", "DYNAMICS_TENANT_ID"},
		{400, `{"error":"invalid_tenant","error_description":"","error_codes":[90002]}`, dynamics.Misconfigured, "AADSTS90002", "DYNAMICS_TENANT_ID"},
		{400, `{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal was not found"}`, dynamics.Misconfigured, "AADSTS500011", "DYNAMICS_ENVIRONMENT"},
		{400, `{"error":"invalid_scope"}`, dynamics.Misconfigured, "invalid_scope", "DYNAMICS_ENVIRONMENT"},
		{400, `{"error":"new_word","error_description":"AADSTS999999: what"}`, dynamics.Misconfigured, "AADSTS999999", "DYNAMICS_TENANT_ID"},
		{404, `not found`, dynamics.Unavailable, "HTTP 404 not_sign_in", "(127.0.0.1:"},
		{405, `<html>`, dynamics.Unavailable, "HTTP 405 not_sign_in", "DYNAMICS_AUTHORITY"},
		{503, `{"error":"temporarily_unavailable"}`, dynamics.Unavailable, "temporarily_unavailable", ""},
		{502, `<html>`, dynamics.Unavailable, "HTTP 502", ""},
		{429, ``, dynamics.Throttled, "HTTP 429", ""},
		{302, ``, dynamics.Misconfigured, "redirect", "DYNAMICS_AUTHORITY"},
		{200, `{"hello":1}`, dynamics.Unavailable, "no_token", "DYNAMICS_AUTHORITY"},
		{200, `<html>`, dynamics.Unavailable, "no_token", "DYNAMICS_AUTHORITY"},
		{200, `{"token_type":"Bearer","expires_in":3599,"access_tok`, dynamics.Unavailable, "no_token", ""},
		{200, `{"token_type":"Bearer","access_token":"x"}`, dynamics.Unavailable, "no_token", ""},
		{200, `{"token_type":"mac","expires_in":3599,"access_token":"x"}`, dynamics.Unavailable, "no_token", ""},
		{201, `{"token_type":"Bearer","expires_in":3599,"access_token":"x"}`, dynamics.Unavailable, "HTTP 201 no_token", ""},
		{400, `{"error":"quota_exceeded"}`, dynamics.Unavailable, "not_sign_in", ""},
		{403, `{"error":{"code":"Forbidden","message":"no"}}`, dynamics.Unavailable, "HTTP 403 not_sign_in", ""},
		{401, `{"error":"invalid_client","error_description":"AADSTS7000218: The request body must contain 'client_assertion' or 'client_secret'."}`, dynamics.Misconfigured, "AADSTS7000218", "DYNAMICS_CLIENT_SECRET"},
		{401, `{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range."}`, dynamics.Misconfigured, "AADSTS700024", "clock"},
		{401, `{"error":"invalid_client","error_description":"AADSTS700025: Client is public."}`, dynamics.Misconfigured, "AADSTS700025", "public client"},
		{401, `{"error":"invalid_client","error_description":"AADSTS7999999: Something new."}`, dynamics.Misconfigured, "AADSTS7999999", "refused the credential"},
	} {
		t.Run(tc.code, func(t *testing.T) {
			f := newFake(t, whoAmI)
			f.token = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Location", "https://elsewhere.example/")
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			}
			err := f.client().SignIn(t.Context())
			e := errorOf(t, err, tc.class, tc.code, tc.fixes)
			if strings.HasPrefix(tc.code, "AADSTS7") {
				require.NotContains(t, e.Error(), "environment")
			}
			require.NotContains(t, e.Error(), "secret keys for app")
		})
	}
}

func TestSecretThatCannotBeRead(t *testing.T) {
	f := newFake(t, whoAmI)
	c := f.client(func(c *dynamics.Config) {
		c.Secret = func() (string, error) { return "", errors.New("open /run/secrets/crm: no such file") }
	})
	requireError(t, c.SignIn(t.Context()), dynamics.Misconfigured, "/run/secrets/crm", "DYNAMICS_CLIENT_SECRET_FILE")
}

func TestWrongTenantAtSignInIsExplainedByTheEnvironment(t *testing.T) {
	const other = "22222222-2222-2222-2222-222222222222"
	f := newFake(t, func(w http.ResponseWriter, r request) {
		require.Empty(t, r.Header.Get("Authorization"))
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.microsoftonline.us/`+other+`/oauth2/authorize"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	f.token = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"unauthorized_client","error_description":"AADSTS700016: Application was not found"}`)
	}
	requireError(t, f.client().SignIn(t.Context()), dynamics.Misconfigured, other, "login.microsoftonline.us")
}

// resolver answers for some names as DNS would, without asking it.
type resolver struct{ http.RoundTripper }

func (r resolver) RoundTrip(req *http.Request) (*http.Response, error) {
	switch host := req.URL.Hostname(); host {
	case "wrong.example":
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	case "nohost.invalid", "ill.example":
		return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
	}
	return r.RoundTripper.RoundTrip(req)
}

func TestNetworkFailures(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	for name, tc := range map[string]struct {
		environment string
		class       dynamics.Class
		says        string
	}{
		"refused":          {closed.URL, dynamics.Unavailable, "connection was refused (" + strings.TrimPrefix(closed.URL, "http://") + ")"},
		"not trusted":      {secure.URL, dynamics.Misconfigured, "no secure connection could be made (" + strings.TrimPrefix(secure.URL, "https://") + ")"},
		"http as https":    {strings.Replace(newFake(t, whoAmI).URL, "http:", "https:", 1), dynamics.Misconfigured, "the port answers in plain HTTP"},
		"no such host":     {"https://wrong.example", dynamics.Unavailable, "does not resolve (wrong.example)"},
		"never to resolve": {"https://nohost.invalid", dynamics.Misconfigured, "does not resolve (nohost.invalid)"},
		"no DNS":           {"https://ill.example", dynamics.Unavailable, "does not resolve"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, whoAmI)
			c := f.client(func(c *dynamics.Config) {
				c.Environment, c.Authority, c.Transport = tc.environment, f.URL, resolver{http.DefaultTransport}
			})
			_, err := c.WhoAmI(t.Context())
			requireError(t, err, tc.class, tc.says)
		})
	}
}

func TestTokenDoesNotFollowARedirect(t *testing.T) {
	elsewhere := newFake(t, whoAmI)
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		w.Header().Set("Location", elsewhere.URL+apiPath+"WhoAmI")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	_, err := f.client().WhoAmI(t.Context())
	requireError(t, err, dynamics.Misconfigured, "another address", strings.TrimPrefix(f.URL, "http://"))
	require.Empty(t, elsewhere.requests())
}

func TestCookiesAreNotKept(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r request) {
		w.Header().Set("Set-Cookie", "ARRAffinity=one; Path=/")
		whoAmI(w, r)
	})
	c := f.client()
	for range 2 {
		_, err := c.WhoAmI(t.Context())
		require.NoError(t, err)
	}
	require.Empty(t, f.requests()[1].Header.Get("Cookie"))
}
