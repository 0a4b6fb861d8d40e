package dynamics_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

// federatedToken is one that another identity provider has made, good until a time.
func federatedToken(t *testing.T, until time.Time) string {
	claims, err := json.Marshal(map[string]any{"iss": "https://oidc.example", "sub": "system:serviceaccount:crm:worker", "exp": until.Unix()})
	require.NoError(t, err)
	return "eyJhbGciOiJSUzI1NiJ9." + base64.RawURLEncoding.EncodeToString(claims) + ".signature"
}

// federated has the client sign in with what read gives.
func federated(read func() (string, error)) func(*dynamics.Config) {
	return func(c *dynamics.Config) { c.Secret, c.FederatedToken = nil, read }
}

func TestFederatedTokensSignInAndAreReadAnew(t *testing.T) {
	answered := 0
	f := newFake(t, func(w http.ResponseWriter, r request) {
		if answered++; answered == 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		whoAmI(w, r)
	})
	var sent []string
	f.token = func(w http.ResponseWriter, r *http.Request) {
		require.NoError(t, r.ParseForm())
		require.Equal(t, "client_credentials", r.PostForm.Get("grant_type"))
		require.Equal(t, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", r.PostForm.Get("client_assertion_type"))
		require.Empty(t, r.PostForm.Get("client_secret"))
		sent = append(sent, r.PostForm.Get("client_assertion"))
		reply(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"t%d"}`, len(sent))
	}
	first, second := federatedToken(t, time.Now().Add(time.Hour)), federatedToken(t, time.Now().Add(2*time.Hour))
	tokens := []string{first, second}
	c := f.client(federated(func() (string, error) {
		token := tokens[0]
		tokens = tokens[1:]
		return token + "\n", nil
	}))
	_, err := c.WhoAmI(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{first, second}, sent, "renewed by whoever makes them: read at each sign-in")
}

func TestFederatedTokensThatCannotBeUsedAreNotSent(t *testing.T) {
	for name, test := range map[string]struct {
		token string
		err   error
		says  string
	}{
		"missing": {err: errors.New("open /var/run/secrets/azure/tokens/azure-identity-token: no such file or directory"), says: "azure-identity-token: no such file"},
		"empty":   {token: " \n", says: "it is empty"},
		"no JWT":  {token: "hunter2", says: "it is no JWT"},
		"bent":    {token: "a.hunter2.c", says: "it is no JWT"},
		"expired": {token: federatedToken(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), says: "it ended at 2026-01-02T03:04:05Z"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, whoAmI)
			c := f.client(federated(func() (string, error) { return test.token, test.err }))
			e := errorOf(t, c.SignIn(t.Context()), dynamics.Misconfigured, "federated_token", test.says, "AZURE_FEDERATED_TOKEN_FILE")
			require.NotContains(t, e.Error(), "hunter2")
			require.False(t, e.Temporary(), "a person is needed: a run pauses, as with a secret that cannot be read")
			require.Zero(t, f.tokens)
		})
	}
}

func TestWhatEntraSaysOfFederatedTokens(t *testing.T) {
	for code, test := range map[string]struct {
		class dynamics.Class
		says  string
	}{
		"AADSTS70021":  {dynamics.Misconfigured, "federated credential"},
		"AADSTS700211": {dynamics.Misconfigured, "issuer"},
		"AADSTS700212": {dynamics.Misconfigured, "api://AzureADTokenExchange"},
		"AADSTS700213": {dynamics.Misconfigured, "subject"},
		"AADSTS700024": {dynamics.Misconfigured, "clock"},
		"AADSTS700016": {dynamics.Misconfigured, "DYNAMICS_CLIENT_ID"},
		"AADSTS90033":  {dynamics.Unavailable, "tries again"},
	} {
		t.Run(code, func(t *testing.T) {
			f := newFake(t, whoAmI)
			f.token = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusUnauthorized)
				fmt.Fprintf(w, `{"error":"invalid_client","error_description":"%s: No matching federated identity record found for presented assertion subject 'system:hunter2'."}`, code)
			}
			c := f.client(federated(func() (string, error) { return federatedToken(t, time.Now().Add(time.Hour)), nil }))
			e := errorOf(t, c.SignIn(t.Context()), test.class, code, test.says)
			require.NotContains(t, e.Error(), "hunter2")
			require.NotContains(t, e.Error(), "signature")
		})
	}
}
