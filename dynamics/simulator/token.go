package simulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// issuer makes access tokens and knows them again. They are signed with a key made of the client's
// secret, so that a token outlives a restart of the simulator as it outlives a restart of a server
// of the real service.
type issuer struct {
	key      []byte
	lifetime time.Duration
	now      func() time.Time

	mu      sync.Mutex
	revoked time.Time // tokens issued up to then no longer count
}

func newIssuer(o Options, now func() time.Time) *issuer {
	key := sha256.Sum256([]byte(o.TenantID + "\x00" + o.ClientID + "\x00" + o.ClientSecret))
	return &issuer{key: key[:], lifetime: o.TokenLifetime, now: now}
}

// claims are those of a real token that clients look at, with two of our own.
type claims struct {
	Audience  string `json:"aud"`
	Issued    int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
	AppID     string `json:"appid"`
	// Began and Ends are Issued and Expires in nanoseconds: revoking must tell tokens of one second
	// apart.
	Began int64 `json:"sim_iat"`
	Ends  int64 `json:"sim_exp"`
}

const tokenHeader = `{"typ":"JWT","alg":"HS256"}`

func (i *issuer) issue(audience, app string, lifetime time.Duration) string {
	now := i.now()
	end := now.Add(lifetime)
	body, err := json.Marshal(claims{audience, now.Unix(), now.Unix(), end.Unix(), app, now.UnixNano(), end.UnixNano()})
	if err != nil {
		return "" // strings and numbers always encode
	}
	signed := encode([]byte(tokenHeader)) + "." + encode(body)
	return signed + "." + encode(i.sign(signed))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (i *issuer) sign(text string) []byte {
	mac := hmac.New(sha256.New, i.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// valid says whether a bearer token is ours, unexpired and not revoked, and which application's.
func (i *issuer) valid(token string) (app string, ok bool) {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return "", false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil || !hmac.Equal(signature, i.sign(token[:dot])) {
		return "", false
	}
	_, body, _ := strings.Cut(token[:dot], ".")
	decoded, err := base64.RawURLEncoding.DecodeString(body)
	var c claims
	if err != nil || json.Unmarshal(decoded, &c) != nil {
		return "", false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return c.AppID, i.now().UnixNano() < c.Ends && c.Began > i.revoked.UnixNano()
}

// revoke ends all tokens issued so far.
func (i *issuer) revoke() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.revoked = i.now()
}

// oauthError is a refusal of the token endpoint.
type oauthError struct {
	status int
	name   string
	number int
	text   string
}

// tokenEndpoint is where tokens are asked for, behind the tenant.
type tokenEndpoint string

const (
	tokenV1 tokenEndpoint = "oauth2/token"
	tokenV2 tokenEndpoint = "oauth2/v2.0/token"
)

// serveToken answers POST /{tenant}/oauth2/v2.0/token for client credentials
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow), and the
// first version's /{tenant}/oauth2/token, which older clients ask: there a resource stands for the
// scope.
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, tenant string, endpoint tokenEndpoint) {
	s.stats.token()
	if answer := s.faults.atToken(w, r); answer {
		return
	}
	w, deliver := s.faults.afterToken(w, r)
	defer deliver()
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxTokenBody)
	if err := r.ParseForm(); err != nil {
		s.refuseToken(w, oauthError{http.StatusBadRequest, "invalid_request", 900144, "The request body must be application/x-www-form-urlencoded."})
		return
	}
	if resource := r.PostForm.Get("resource"); endpoint == tokenV1 && resource != "" {
		r.PostForm.Set("scope", strings.TrimSuffix(resource, "/")+defaultScope)
	}
	app, refusal := s.checkGrant(r, tenant, endpoint)
	if refusal != nil {
		s.refuseToken(w, *refusal)
		return
	}
	lifetime := s.faults.tokenLifetime(s.tokens.lifetime)
	audience := strings.TrimSuffix(grantedScope(r.PostForm.Get("scope")), defaultScope)
	token, seconds := s.tokens.issue(audience, app.id, lifetime), int(lifetime.Seconds())
	if endpoint == tokenV2 {
		writeJSON(w, http.StatusOK, object{{"token_type", "Bearer"}, {"expires_in", seconds}, {"ext_expires_in", seconds}, {"access_token", token}})
		return
	}
	now, inSeconds := s.now(), strconv.Itoa(seconds) // that endpoint writes its numbers as texts
	writeJSON(w, http.StatusOK, object{
		{"token_type", "Bearer"}, {"expires_in", inSeconds}, {"ext_expires_in", inSeconds},
		{"expires_on", strconv.FormatInt(now.Add(lifetime).Unix(), 10)}, {"not_before", strconv.FormatInt(now.Unix(), 10)},
		{"resource", r.PostForm.Get("resource")}, {"access_token", token},
	})
}

// defaultScope after a resource asks for all that the application has been granted there.
const defaultScope = "/.default"

const maxTokenBody = 64 << 10

// grantedScope picks the resource's scope out of a list that may hold openid and its like.
func grantedScope(list string) string {
	for scope := range strings.FieldsSeq(list) {
		if strings.HasSuffix(scope, defaultScope) && len(scope) > len(defaultScope) {
			return scope
		}
	}
	return ""
}

func (s *Server) checkGrant(r *http.Request, tenant string, endpoint tokenEndpoint) (application, *oauthError) {
	id, secret, basic := r.BasicAuth()
	if basic {
		id, secret = formDecoded(id), formDecoded(secret)
	} else {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	app, known := s.application(id)
	return app, s.refusal(r, tenant, endpoint, grant{id, secret, app, known})
}

// grant is who asks for a token.
type grant struct {
	id, secret string
	app        application
	known      bool
}

// refusal is nil for a grant that is given.
func (s *Server) refusal(r *http.Request, tenant string, endpoint tokenEndpoint, g grant) *oauthError {
	form, id, secret := r.PostForm, g.id, g.secret
	switch {
	case !strings.EqualFold(tenant, s.options.TenantID):
		return &oauthError{http.StatusBadRequest, "invalid_request", 90002, fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", tenant)}
	case form.Get("grant_type") == "":
		return missingParameter("grant_type")
	case form.Get("grant_type") != "client_credentials":
		return &oauthError{http.StatusBadRequest, "unsupported_grant_type", 70003, fmt.Sprintf("The app requested an unsupported grant type '%s'.", form.Get("grant_type"))}
	case id == "":
		return missingParameter("client_id")
	case !g.known:
		return &oauthError{http.StatusBadRequest, "unauthorized_client", 700016, fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", id, tenant)}
	case form.Get("scope") == "" && endpoint == tokenV1:
		return missingParameter("resource")
	case form.Get("scope") == "":
		return missingParameter("scope")
	case grantedScope(form.Get("scope")) == "":
		return &oauthError{http.StatusBadRequest, "invalid_scope", 70011, fmt.Sprintf("The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", form.Get("scope"))}
	case ofOtherEnvironment(grantedScope(form.Get("scope")), r.Host):
		resource := strings.TrimSuffix(grantedScope(form.Get("scope")), defaultScope)
		return &oauthError{http.StatusBadRequest, "invalid_resource", 500011, fmt.Sprintf("The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", resource, tenant)}
	case form.Get("client_assertion") != "" && s.options.Federated != "":
		return s.checkFederated(form.Get("client_assertion"))
	case form.Get("client_assertion") != "":
		return s.checkAssertion(form.Get("client_assertion"), tenant, g.app)
	case secret == "":
		return &oauthError{http.StatusUnauthorized, "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
	case subtle.ConstantTimeCompare([]byte(secret), []byte(g.app.secret)) != 1:
		return &oauthError{http.StatusUnauthorized, "invalid_client", 7000215, fmt.Sprintf("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", id)}
	}
	return nil
}

// formDecoded undoes the encoding that OAuth wants inside of HTTP Basic.
func formDecoded(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

func missingParameter(name string) *oauthError {
	return &oauthError{http.StatusBadRequest, "invalid_request", 900144, fmt.Sprintf("The request body must contain the following parameter: '%s'.", name)}
}

// refuseToken writes the seven fields that every refusal of the token endpoint has.
func (s *Server) refuseToken(w http.ResponseWriter, e oauthError) {
	trace, correlation := newGUID().String(), newGUID().String()
	at := s.now().UTC().Format("2006-01-02 15:04:05Z")
	writeJSON(w, e.status, object{
		{"error", e.name},
		{"error_description", fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s", e.number, e.text, trace, correlation, at)},
		{"error_codes", json.RawMessage(fmt.Sprintf("[%d]", e.number))},
		{"timestamp", at}, {"trace_id", trace}, {"correlation_id", correlation},
		{"error_uri", fmt.Sprintf("%s/error?code=%d", "https://login.microsoftonline.com", e.number)},
	})
}

func writeJSON(w http.ResponseWriter, status int, body object) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(appendAny(nil, body)) // a client that left needs no answer
}
