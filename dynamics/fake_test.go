package dynamics_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

const (
	apiPath = "/api/data/v9.2/"
	tenant  = "11111111-1111-1111-1111-111111111111"
)

// fake is an environment and its token endpoint whose answers a test writes itself.
type fake struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	seen   []request
	tokens int
	secret string
	// answer serves the Web API; token, if set, the token endpoint.
	answer func(w http.ResponseWriter, r request)
	token  http.HandlerFunc
}

// request is what arrived, its body read.
type request struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

func newFake(t *testing.T, answer func(w http.ResponseWriter, r request)) *fake {
	f := &fake{t: t, secret: "secret", answer: answer}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if strings.HasSuffix(r.URL.Path, "/oauth2/v2.0/token") {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		f.serveToken(w, r)
		return
	}
	got := request{r.Method, strings.TrimPrefix(r.URL.Path, apiPath), r.URL.RawQuery, string(body), r.Header}
	f.mu.Lock()
	f.seen = append(f.seen, got)
	f.mu.Unlock()
	w.Header().Set("OData-Version", "4.0")
	f.answer(odata{w, f.URL + apiPath + "$metadata#" + contextOf(got.Path)}, got)
}

// odata is a writer that knows the @odata.context of what was asked for.
type odata struct {
	http.ResponseWriter
	context string
}

// contextOf is the context of a resource, as Dataverse writes it.
func contextOf(path string) string {
	if at := strings.Index(path, "Retrieve"); at >= 0 {
		return "Microsoft.Dynamics.CRM." + path[at:strings.Index(path, "(PrivilegeName")] + "Response"
	}
	if path == "WhoAmI" {
		return "Microsoft.Dynamics.CRM.WhoAmIResponse"
	}
	return path
}

func (f *fake) serveToken(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.tokens++
	n, secret := f.tokens, f.secret
	f.mu.Unlock()
	if f.token != nil {
		f.token(w, r)
		return
	}
	if err := r.ParseForm(); err != nil || r.PostForm.Get("client_secret") != secret {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}`)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"token-%d"}`, n)
}

// requests gives what arrived at the Web API so far.
func (f *fake) requests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]request(nil), f.seen...)
}

func (f *fake) client(changes ...func(*dynamics.Config)) *dynamics.Client {
	cfg := config(func(c *dynamics.Config) { c.Environment = f.URL })
	for _, change := range changes {
		change(&cfg)
	}
	c, err := dynamics.New(cfg)
	require.NoError(f.t, err)
	return c
}

// refuse answers with Dataverse's error envelope.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
	w.Header().Set("REQ_ID", "5fe339e5-c75e-4dad-9597-b257ebce666b")
	w.WriteHeader(status)
	text, _ := json.Marshal(message)
	fmt.Fprintf(w, `{"error":{"code":%q,"message":%s}}`, code, text)
}

// reply answers with JSON, to which it adds the context.
func reply(w http.ResponseWriter, format string, args ...any) {
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
	body := fmt.Sprintf(format, args...)
	about, isAPI := w.(odata)
	if rest, isObject := strings.CutPrefix(body, "{"); isObject && isAPI {
		body = fmt.Sprintf(`{"@odata.context":%q,`, about.context) + rest
	}
	fmt.Fprint(w, body)
}

func contactID(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

func text(s string) *string { return &s }
