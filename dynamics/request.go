package dynamics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/tidwall/gjson"
)

const (
	// apiPath is the version that all environments have had since 2021.
	apiPath = apiRoot + "v9.2/"
	apiRoot = "/api/data/"
	// maxAnswer bounds one answer in memory: 5,000 contacts of a few kilobytes.
	maxAnswer = 64 << 20
	// maxRefusals is how often one call waits for its permit again after a 429 before its caller
	// hears of it, times the number of users.
	maxRefusals = 5
	// freshToken is how old a token may be for its refusal to be the environment's last word: an
	// older one may have been ended while the call waited for its permit.
	freshToken = time.Minute
	userAgent  = "audienceflow"
)

// call is one request to the Web API.
type call struct {
	op     string
	method string
	path   string // below apiPath, with the query, escaped
	header http.Header
	body   []byte
	// write: a cancelled ctx does not cut the request once it is sent, and an unclear outcome is
	// RowUnknown.
	write bool
	// rows is how many contacts the request is about; its time is compared with that of calls of a
	// similar kind.
	rows int
	// want is how Dynamics says that it is done.
	want want
	// sent, if set, learns when the whole request had left this host.
	sent *atomic.Pointer[time.Time]
}

// response is what came back. cut is set if the body ended early, corrupt if what came of it cannot
// be relied on either.
type response struct {
	status   int
	header   http.Header
	body     []byte
	cut      error
	corrupt  bool
	document gjson.Result // of a call that wants JSON
}

// failure is what do gives back when there is no success: sent tells whether the whole request had
// left this host.
type failure struct {
	*Error
	sent bool
}

// error is nil for a success.
func (f *failure) error() *Error {
	if f == nil {
		return nil
	}
	return f.Error
}

// do waits for the call's permit, signs it, sends it, and does so again after a 401 with a fresh
// token and after short holds, or as another user. A success is what the call wants, and nothing
// else.
func (c *Client) do(ctx context.Context, k call) (*response, *failure) {
	renewed := map[*user]time.Time{} // whose token was not accepted, when; until an answer is another than 401
	var refusal *Error
	for refusals := 0; ; {
		turn, err := c.admit(ctx, k)
		if err != nil {
			return nil, &failure{Error: whyHeld(asError(k.op, err), refusal)}
		}
		began := time.Now()
		within, end := c.begin(ctx, Exchange{Kind: k.op, Method: k.method, Host: c.base.Host, Rows: k.rows})
		a, fail := c.exchange(within, k, turn.token)
		turn.permit.release(a, fail)
		end(statusOf(a), fail.error())
		if fail == nil && k.write && k.rows > 0 {
			c.wrote(k.rows, time.Since(began))
		}
		if fail == nil || fail.StatusCode != http.StatusUnauthorized {
			delete(renewed, turn.user) // the new token was accepted; it may be ended, too, while the call waits
		}
		switch {
		case fail == nil:
			return a, nil
		case fail.StatusCode == http.StatusUnauthorized && time.Since(renewed[turn.user]) > freshToken:
			renewed[turn.user] = time.Now()
			turn.user.tokens.drop(turn.token)
		case fail.StatusCode == http.StatusUnauthorized:
			c.explainUnauthorized(fail.Error, a.header)
			fail.user = turn.user.told()
			return a, fail
		case fail.StatusCode == http.StatusForbidden:
			fail.user = turn.user.told()
			return a, fail
		case fail.StatusCode == http.StatusTooManyRequests && refusals < maxRefusals*len(c.users):
			refusals++
			refusal = fail.Error
		default:
			return a, fail
		}
	}
}

// statusOf is the status of an answer, 0 where there was none.
func statusOf(a *response) int {
	if a == nil {
		return 0
	}
	return a.status
}

// whyHeld gives the refusal that led to a hold, with what remains of it: its code tells which limit
// it was.
func whyHeld(held, refusal *Error) *Error {
	if refusal == nil || !held.Throttled() {
		return held
	}
	refusal.RetryAfter = held.RetryAfter
	return refusal
}

// exchange sends one request and reads its answer; a is nil if there was none.
func (c *Client) exchange(ctx context.Context, k call, token string) (a *response, fail *failure) {
	parent := ctx
	if k.write {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout)
	defer cancel()
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err != nil {
				return
			}
			sent.Store(true)
			if k.sent != nil {
				now := time.Now()
				k.sent.Store(&now)
			}
		},
	})
	req, err := c.newRequest(ctx, k, token)
	if err != nil {
		return nil, &failure{Error: &Error{Op: k.op, class: Misconfigured, Code: codeForeign, err: err}}
	}
	if holds := leaseOf(ctx); holds != nil && k.write {
		if err := holds(); err != nil {
			return nil, k.unleased(&leaseError{error: err})
		}
		lease(req, k.body, holds)
	}
	resp, err := c.http.Do(req)
	var over *leaseError
	if errors.As(err, &over) {
		return nil, k.unleased(over)
	}
	if err != nil {
		if parent.Err() != nil && !k.write {
			return nil, &failure{Error: asError(k.op, parent.Err()), sent: sent.Load()}
		}
		return nil, &failure{Error: networkError(k.op, err, delivery(sent.Load())), sent: sent.Load()}
	}
	defer resp.Body.Close()
	a = &response{status: resp.StatusCode, header: resp.Header}
	a.body, a.cut = readAll(resp.Body)
	a.corrupt = a.cut != nil && resp.Uncompressed
	if e := c.judge(k, a); e != nil {
		return a, &failure{Error: e, sent: true}
	}
	return a, nil
}

// judge gives nil for the success that a call wants.
func (c *Client) judge(k call, a *response) *Error {
	switch {
	case a.status >= http.StatusMultipleChoices:
		e := responseError(k.op, a.status, a.header, a.body, time.Now())
		switch {
		case e.Code == codeAnswer:
			foreign := c.notDynamics(k, a)
			foreign.RetryAfter = e.RetryAfter
			return foreign
		case e.Code == codeRedirect, e.Code == "" && a.status == http.StatusNotFound: // most likely the wrong address
			e.detail = c.base.Host
		}
		return e
	case a.cut != nil && k.want.media != mediaBatch && !k.write:
		return networkError(k.op, a.cut, delivered)
	}
	return c.check(k, a)
}

func readAll(body io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err == nil && len(data) > maxAnswer {
		return nil, fmt.Errorf("answer of more than %d bytes", maxAnswer)
	}
	return data, err
}

// newRequest builds the request. The address is always the configured environment's: the token goes
// nowhere else.
func (c *Client) newRequest(ctx context.Context, k call, token string) (*http.Request, error) {
	u, err := url.Parse(c.base.String() + apiPath + k.path)
	if err != nil {
		return nil, err
	}
	if u.Host != c.base.Host || u.Scheme != c.base.Scheme {
		return nil, errors.New("address outside the environment")
	}
	req, err := http.NewRequestWithContext(ctx, k.method, u.String(), bytes.NewReader(k.body))
	if err != nil {
		return nil, err
	}
	h := req.Header
	h.Set("Accept", "application/json")
	h.Set("OData-MaxVersion", "4.0")
	h.Set("OData-Version", "4.0")
	h.Set("User-Agent", userAgent)
	h.Set("x-ms-client-session-id", c.session)
	h.Set("x-ms-client-request-id", uuid.NewString())
	if len(k.body) > 0 {
		h.Set("Content-Type", "application/json; charset=utf-8")
	}
	for name, values := range k.header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	h.Set("Authorization", "Bearer "+token)
	return req, nil
}

// query is one reading: of a document with that context, about so many contacts.
type query struct {
	op, context, path string
	header            http.Header
	rows              int
}

// get reads a JSON document.
func (c *Client) get(ctx context.Context, q query) (gjson.Result, error) {
	a, fail := c.do(ctx, call{op: q.op, method: http.MethodGet, path: q.path, header: q.header, rows: q.rows, want: document(q.context)})
	if fail != nil {
		return gjson.Result{}, readError(fail)
	}
	return a.document, nil
}

// list reads a JSON document that holds a list, of which each entry has some properties.
func (c *Client) list(ctx context.Context, q query, properties ...string) (doc gjson.Result, entries []gjson.Result, err error) {
	if doc, err = c.get(ctx, q); err != nil {
		return doc, nil, err
	}
	value := doc.Get("value")
	if !value.IsArray() {
		return doc, nil, c.unlike(q)
	}
	entries = value.Array()
	for _, entry := range entries {
		for _, property := range properties {
			if !entry.Get(property).Exists() {
				return doc, nil, c.unlike(q)
			}
		}
	}
	return doc, entries, nil
}

// unlike is the failure of a reading whose answer has not the shape that was asked for.
func (c *Client) unlike(q query) *Error {
	return &Error{Op: q.op, StatusCode: http.StatusOK, Code: codeAnswer, detail: c.base.Host}
}

// readError is the failure of a request that changes nothing: where the outcome is not known, it
// does not matter.
func readError(fail *failure) *Error {
	e := *fail.Error
	switch {
	case e.Class() == Unknown, e.Class() == TimedOut:
		e.class, e.action = Unavailable, actionReadAgain
	case e.Class() == ServerError, e.Code == codeSQLTimeout, e.StatusCode >= http.StatusInternalServerError && e.Class() != Throttled:
		e.class, e.action = Unavailable, actionReadAgain
	}
	return &e
}

// asError makes an *Error of what the sign-in, the limits or a context gave.
func asError(op string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Op: op, class: Unavailable, Code: codeCanceled, err: err}
	}
	return &Error{Op: op, class: Unavailable, Code: codeNetwork, err: err}
}

// escape makes a value fit for a query. A blank becomes %20: not every server takes a plus for one.
func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// literal makes an OData string literal.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
