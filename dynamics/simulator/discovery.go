package simulator

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// serveOpenID answers the discovery document that token libraries ask for first.
func (s *Server) serveOpenID(w http.ResponseWriter, r *http.Request, tenant string) {
	if !strings.EqualFold(tenant, s.options.TenantID) {
		s.refuseToken(w, oauthError{http.StatusBadRequest, "invalid_tenant", 90002, fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", tenant)})
		return
	}
	root := rootOf(r) + "/" + tenant
	writeJSON(w, http.StatusOK, object{
		{"token_endpoint", root + "/oauth2/v2.0/token"},
		{"token_endpoint_auth_methods_supported", []string{"client_secret_post", "private_key_jwt", "client_secret_basic"}},
		{"jwks_uri", root + "/discovery/v2.0/keys"}, {"issuer", root + "/v2.0"},
		{"authorization_endpoint", root + "/oauth2/v2.0/authorize"},
		{"response_types_supported", []string{"code", "id_token", "code id_token", "id_token token"}},
		{"subject_types_supported", []string{"pairwise"}}, {"id_token_signing_alg_values_supported", []string{"RS256"}},
		{"scopes_supported", []string{"openid", "profile", "email", "offline_access"}},
	})
}

// serveKeys answers for the keys that sign tokens: the simulator's are signed with a secret, so
// there are none to show.
func serveKeys(w http.ResponseWriter) { writeJSON(w, http.StatusOK, object{{"keys", []string{}}}) }

// serveInstance answers the discovery of clouds: this host is one of its own. Token libraries ask
// it of authorities that they do not know.
func serveInstance(w http.ResponseWriter, r *http.Request) {
	endpoint, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || endpoint.Host == "" {
		writeJSON(w, http.StatusBadRequest, object{{"error", "invalid_request"}, {"error_description", "AADSTS900144: The request must contain the following parameter: 'authorization_endpoint'."}})
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(endpoint.Path, "/"), "/")
	alias := object{{"preferred_network", r.Host}, {"preferred_cache", r.Host}, {"aliases", []string{r.Host}}}
	writeJSON(w, http.StatusOK, object{
		{"tenant_discovery_endpoint", rootOf(r) + "/" + tenant + "/v2.0/.well-known/openid-configuration"},
		{"api-version", "1.1"}, {"metadata", []object{alias}},
	})
}
