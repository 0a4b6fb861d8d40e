package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault makes some requests go wrong. The kinds are
//
//	status        answers with Status (and Code, Message), without doing the work. 502, 503 and 504 have an HTML body
//	              unless Code is given; with Seconds there is a Retry-After header
//	code          the same; Status is 400 unless given. A code AADSTS... is in the form of the token endpoint
//	hang          waits Seconds before the work; without Seconds until the client gives up, and then does nothing
//	hang-after    waits Seconds between the work and the answer
//	cut-before    cuts the connection instead of working (cut means the same)
//	cut-after     cuts the connection when the work is done
//	slow-body     spreads the answer's body over Seconds (slow means the same)
//	html          an HTML page, as of a proxy or a sign-in, without doing the work; Status is 200 unless given
//	foreign       the JSON of another service, without doing the work; Status is 200 unless given
//	empty         an answer without body and headers, without doing the work; Status is 204 unless given
//	redirect      leads to another host, without doing the work; Status is 302 unless given
//	truncated     half of the answer's body when the work is done, as if it were the whole
//	broken-gzip   a body that is compressed and broken, when the work is done
//	elsewhere     addresses and organization of another environment in the answer, when the work is done
//	plugin        a plug-in refuses every write that touches one of IDs (none: every write): 400, 0x80040265
//	deadlock      a deadlock hits every write that touches one of IDs (none: every write): 500, 0x80044150
//	sql-timeout   UpdateMultiple and its like with more than Rows rows time out: 500, 0x80044151
//	expired-tokens all tokens issued so far are expired, once
//	token-lifetime tokens issued from now on live Seconds (0: they expire at once)
//	outage        503 with an HTML body for Seconds
type Fault struct {
	Kind string `json:"kind"`
	// Match restricts the fault to requests whose "METHOD /path?query" holds this text (without
	// case) or matches it as a regular expression. Requests of the token endpoint are only touched
	// when Match is given, and by the kinds that are about answers.
	Match string `json:"match,omitempty"`
	// Count is how many requests it hits (0: any number), Share which share of those that match (0:
	// all).
	Count   int      `json:"count,omitempty"`
	Share   float64  `json:"share,omitempty"`
	Status  int      `json:"status,omitempty"`
	Code    string   `json:"code,omitempty"`
	Message string   `json:"message,omitempty"`
	IDs     []string `json:"ids,omitempty"`
	Seconds float64  `json:"seconds,omitempty"`
	Rows    int      `json:"rows,omitempty"`
}

// faultKinds maps the spellings accepted, stripped of everything but letters, to the kinds.
var faultKinds = map[string]string{
	"status": "status", "code": "code", "error": "code", "hang": "hang", "hangbefore": "hang", "hangafter": "hang-after",
	"cut": "cut-before", "cutbefore": "cut-before", "cutafter": "cut-after", "slow": "slow-body", "slowbody": "slow-body",
	"plugin": "plugin", "pluginerror": "plugin", "deadlock": "deadlock", "sqltimeout": "sql-timeout", "timeout": "sql-timeout",
	"expired": "expired-tokens", "expiredtoken": "expired-tokens", "expiredtokens": "expired-tokens", "expiretokens": "expired-tokens",
	"tokenlifetime": "token-lifetime", "outage": "outage", "html": "html", "captive": "html", "foreign": "foreign", "empty": "empty",
	"redirect": "redirect", "truncated": "truncated", "brokengzip": "broken-gzip", "gzip": "broken-gzip", "elsewhere": "elsewhere",
}

type activeFault struct {
	Fault
	pattern *regexp.Regexp
	ids     map[guid]bool
	left    int // hits left, -1: any number
	until   time.Time
}

type faults struct {
	mu     sync.Mutex
	active []*activeFault
	now    func() time.Time
	tokens *issuer
	state  uint64 // of the draws for Share
}

// add puts a fault in force.
func (f *faults) add(fault Fault) error {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(fault.Kind))
	kind, ok := faultKinds[letters]
	if !ok {
		return fmt.Errorf("unknown kind %q of fault", fault.Kind)
	}
	fault.Kind = kind
	a := &activeFault{Fault: fault, left: -1, ids: map[guid]bool{}}
	if fault.Count > 0 {
		a.left = fault.Count
	}
	if pattern, err := regexp.Compile(fault.Match); err == nil {
		a.pattern = pattern
	}
	for _, text := range fault.IDs {
		id, ok := parseGUID(text)
		if !ok {
			return fmt.Errorf("the ids of a fault must be GUIDs")
		}
		a.ids[id] = true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if kind == "outage" && fault.Seconds > 0 {
		a.until = f.now().Add(duration(fault.Seconds))
	}
	if kind == "expired-tokens" {
		f.tokens.revoke()
		return nil
	}
	f.active = append(f.active, a)
	return nil
}

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = nil
}

func (f *faults) list() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []Fault{}
	for _, a := range f.active {
		list = append(list, a.Fault)
	}
	return list
}

// take finds the first fault of one of the kinds that hits a request, and books the hit.
func (f *faults) take(request string, token bool, kinds ...string) *Fault {
	return f.takeIf(request, token, func(a *activeFault) bool { return slices.Contains(kinds, a.Kind) })
}

func (f *faults) takeIf(request string, token bool, fits func(*activeFault) bool) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, a := range f.active {
		if !a.until.IsZero() && f.now().After(a.until) || !fits(a) || !a.matches(request, token) || !f.drawn(a.Share) {
			continue
		}
		if a.left > 0 {
			a.left--
		}
		if a.left == 0 {
			f.active = append(f.active[:i:i], f.active[i+1:]...)
		}
		hit := a.Fault
		return &hit
	}
	return nil
}

func (a *activeFault) matches(request string, token bool) bool {
	if a.Match == "" {
		return !token
	}
	return strings.Contains(strings.ToLower(request), strings.ToLower(a.Match)) || a.pattern != nil && a.pattern.MatchString(request)
}

func (f *faults) drawn(share float64) bool {
	if share <= 0 || share >= 1 {
		return true
	}
	const unit = 1 << 53
	f.state = mix(f.state)
	return float64(f.state>>11)/unit < share
}

// inRows gives the error that a plug-in or a deadlock makes of a write that touches some of the
// ids.
func (f *faults) inRows(c *call, t *table, ids []guid) *apiError {
	hit := f.takeIf(c.method+" "+c.target, false, func(a *activeFault) bool {
		if a.Kind != "plugin" && a.Kind != "deadlock" {
			return false
		}
		return len(a.ids) == 0 || slices.ContainsFunc(ids, func(id guid) bool { return a.ids[id] })
	})
	switch {
	case hit == nil:
		return nil
	case hit.Kind == "deadlock":
		return hit.answer(http.StatusInternalServerError, codeSQLDeadlock, "Generic SQL error. Sql Number: 1205, Transaction was deadlocked on lock resources with another process and has been chosen as the deadlock victim. Rerun the transaction.")
	default:
		return hit.answer(http.StatusBadRequest, codePlugin, "A plug-in on "+t.display+" refused the change.")
	}
}

// slowQuery gives the time-out of a request over too many rows.
func (f *faults) slowQuery(c *call, rows int) *apiError {
	hit := f.takeIf(c.method+" "+c.target, false, func(a *activeFault) bool { return a.Kind == "sql-timeout" && rows > a.Rows })
	if hit == nil {
		return nil
	}
	return hit.answer(http.StatusInternalServerError, codeSQLTimeout, "SQL timeout expired. Sql Number: -2, Execution Timeout Expired. The timeout period elapsed prior to completion of the operation or the server is not responding.")
}

// answer makes the fault's error, with what it says itself instead of the usual.
func (f *Fault) answer(status int, code, message string) *apiError {
	e := fail(status, code, "%s", message)
	if f.Status != 0 {
		e.status = f.Status
	}
	if f.Code != "" {
		e.code = f.Code
	}
	if f.Message != "" {
		e.message = f.Message
	}
	if f.Seconds > 0 {
		e.header = [][2]string{{"Retry-After", strconv.Itoa(int(max(1, f.Seconds)))}}
	}
	return e
}

// plain makes the answer of a status, code or outage fault.
func (f *Fault) plain() *apiError {
	if f.Kind == "outage" {
		return &apiError{status: http.StatusServiceUnavailable, html: true}
	}
	status := f.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	code, message := codeUnexpected, "An unexpected error occurred."
	if status == http.StatusTooManyRequests {
		code, message = codeRequestLimit, "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
	}
	e := f.answer(status, code, message)
	e.html = f.Code == "" && status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout
	return e
}

// tokenLifetime gives how long a token issued now is to live.
func (f *faults) tokenLifetime(usual time.Duration) time.Duration {
	if hit := f.take("", false, "token-lifetime"); hit != nil {
		return duration(hit.Seconds)
	}
	return usual
}

// pause waits; without a time until the client leaves. It says whether the request is still to be
// worked on.
func pause(r *http.Request, seconds float64) bool {
	if seconds <= 0 {
		<-r.Context().Done()
		return false
	}
	timer := time.NewTimer(duration(seconds))
	defer timer.Stop()
	<-timer.C // also when the client left: a client's time-out does not cancel the server's work
	return true
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // not a connection that can be cut: the answer is empty then
	}
	_ = connection.Close() // it is being cut: how that ends does not matter
}

func decodeFaults(body []byte) ([]Fault, error) {
	var list []Fault
	if err := json.Unmarshal(body, &list); err == nil {
		return list, nil
	}
	var one Fault
	if err := json.Unmarshal(body, &one); err != nil {
		return nil, fmt.Errorf("want a fault {kind, match, count, share, status, code, ids, seconds} or a list of them: %w", err)
	}
	return []Fault{one}, nil
}
