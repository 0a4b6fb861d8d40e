package simulator

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Paths of the endpoint of managed identities: of a virtual machine, and of App Service.
const (
	pathIMDS       = "/metadata/identity/oauth2/token"
	pathAppService = "/msi/token"

	apiVersionIMDS       = "2018-02-01"
	apiVersionAppService = "2019-08-01"
)

// serveIdentity gives tokens of the applications as a host's endpoint of managed identities does:
// the first is the system-assigned identity, each is a user-assigned one by its client id. App
// Service's header is the first one's secret
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token,
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference).
func (s *Server) serveIdentity(w http.ResponseWriter, r *http.Request) {
	s.stats.token()
	if answer := s.faults.atToken(w, r); answer {
		return
	}
	query, version := r.URL.Query(), apiVersionIMDS
	refuse := func(status int, name, text string) {
		writeJSON(w, status, object{{"error", name}, {"error_description", text}})
	}
	if r.URL.Path == pathAppService {
		version = apiVersionAppService
		header := r.Header.Get("X-IDENTITY-HEADER")
		if subtle.ConstantTimeCompare([]byte(header), []byte(s.options.ClientSecret)) != 1 {
			writeJSON(w, http.StatusForbidden, object{{"statusCode", http.StatusForbidden}, {"message", "Forbidden"}})
			return
		}
	} else if r.Header.Get("Metadata") != "true" || r.Header.Get("X-Forwarded-For") != "" {
		refuse(http.StatusBadRequest, "bad_request_102", "Required metadata header not specified")
		return
	}
	resource := strings.TrimSuffix(query.Get("resource"), "/")
	app, known := s.applications[0], true
	if id := query.Get("client_id"); id != "" {
		app, known = s.application(id)
	}
	switch {
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case query.Get("api-version") != version:
		refuse(http.StatusBadRequest, "invalid_request", "The api-version is not supported.")
	case resource == "":
		refuse(http.StatusBadRequest, "invalid_request", "Required query variable 'resource' is missing")
	case !known && r.URL.Path == pathAppService:
		writeJSON(w, http.StatusBadRequest, object{{"statusCode", http.StatusBadRequest},
			{"message", "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."}})
	case !known:
		refuse(http.StatusBadRequest, "invalid_request", "Identity not found")
	case ofOtherEnvironment(resource+defaultScope, r.Host):
		refuse(http.StatusBadRequest, "invalid_resource", fmt.Sprintf("AADSTS500011: The resource principal named %s was not found in the tenant.", resource))
	default:
		s.giveIdentityToken(w, resource, app)
	}
}

// giveIdentityToken writes its numbers as texts, as those endpoints do.
func (s *Server) giveIdentityToken(w http.ResponseWriter, resource string, app application) {
	lifetime, now := s.faults.tokenLifetime(s.tokens.lifetime), s.now()
	writeJSON(w, http.StatusOK, object{
		{"access_token", s.tokens.issue(resource, app.id, lifetime)}, {"client_id", app.id}, {"resource", resource}, {"token_type", "Bearer"},
		{"expires_in", strconv.Itoa(int(lifetime.Seconds()))}, {"expires_on", strconv.FormatInt(now.Add(lifetime).Unix(), 10)},
		{"not_before", strconv.FormatInt(now.Add(-5*time.Minute).Unix(), 10)},
	})
}

// federatedAudience is what a token that is exchanged for one of Entra's is made out to.
const federatedAudience = "api://AzureADTokenExchange"

// checkFederated compares another issuer's token with the federated credential, ISSUER,SUBJECT, of
// the applications. Its signature is that issuer's to check, and is not looked at
// (https://learn.microsoft.com/entra/workload-id/workload-identity-federation).
func (s *Server) checkFederated(assertion string) *oauthError {
	var body struct {
		assertionClaims
		Audience json.RawMessage `json:"aud"` // a text or a list of them
	}
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 || decodePart(parts[1], &body) != nil {
		return badAssertion(50027, "JWT token is invalid or malformed.")
	}
	issuer, subject, _ := strings.Cut(s.options.Federated, ",")
	const none = "No matching federated identity record found for presented assertion %s '%s'."
	now := s.now().Unix()
	switch {
	case body.Issuer != issuer:
		return badAssertion(700211, fmt.Sprintf(none, "issuer", body.Issuer))
	case body.Subject != subject:
		return badAssertion(700213, fmt.Sprintf(none, "subject", body.Subject))
	case !strings.Contains(string(body.Audience), `"`+federatedAudience+`"`):
		return badAssertion(700212, fmt.Sprintf(none, "audience", body.Audience))
	case now >= body.Expires || now < body.NotBefore:
		return badAssertion(700024, "Client assertion is not within its valid time range.")
	}
	return nil
}
