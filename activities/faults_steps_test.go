package activities

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"regexp"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
)

// tableStep is a step that calls Dynamics.
type tableStep struct {
	name     string
	match    string // the requests that it makes and that go wrong
	contacts int
	writes   bool
	once     bool // it has nothing to do any more when it was done
	prepare  func(w *world)
	act      func(w *world) error
}

const (
	signIn    = `oauth2`
	allWrites = `^PATCH|UpdateMultiple$|\$batch`
	readsByID = `In\(PropertyName|In%28PropertyName`
)

func tableSteps() []tableStep {
	authenticate := func(w *world) error {
		_, err := do(w, w.connection.Authenticate, AuthenticateInput{Destination: "dynamics"})
		return err
	}
	resolve := func(w *world) error {
		_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{
			Run: testRun, Kind: runs.KindActivate, WorkflowID: "activate/dynamics/vip", Activation: w.activation(w.everyone()...),
		})
		return err
	}
	update := func(w *world) error { _, err := w.update(1); return err }
	planned := func(w *world) { w.plan(w.activation(w.everyone()...)) }
	validation := func(w *world) {
		a := w.activation(w.everyone()...)
		w.activate(testRun, a)
		_, err := do(w, w.validating.BeginValidation, BeginValidationInput{Validation: "v", Activation: a, Now: time.Now()})
		require.NoError(w.t, err)
	}
	return []tableStep{
		{"signing in", signIn, 3, false, false, nil, authenticate},
		{"asking who am I", `/WhoAmI`, 3, false, false, nil, authenticate},
		{"reading one contact", `contacts\?\$select=contactid&\$top=1`, 3, false, false, nil, resolve},
		{"metadata", `EntityDefinitions`, 3, false, false, nil, resolve},
		{"the privilege", `RetrieveUserPrivilege`, 3, false, false, nil, resolve},
		{"the write probe", `^PATCH`, 3, false, false, nil, resolve},
		{"asking for UpdateMultiple", `sdkmessagefilters`, 3, false, false, nil, resolve},
		{"reading contacts", readsByID, 3, false, true, func(w *world) { w.toRead() }, func(w *world) error {
			_, err := do(w, w.planning.ReadContacts, ReadContactsInput{Run: testRun, Slice: 1, Slices: 1})
			return err
		}},
		{"UpdateMultiple", allWrites, 3, true, false, planned, update},
		{"$batch", `^PATCH|\$batch`, 3, true, false, func(w *world) {
			planned(w)
			w.fault(simulator.Fault{Kind: "code", Status: 404, Code: "0x8006088a", Match: `UpdateMultiple$`})
		}, update},
		{"PATCH", `^PATCH`, 1, true, false, planned, update},
		{"reading back after a lost answer", readsByID, 3, true, false, func(w *world) {
			planned(w)
			w.fault(simulator.Fault{Kind: "cut-after", Match: `UpdateMultiple$`, Count: 1})
		}, update},
		{"reading for a validation", readsByID, 3, false, false, validation, func(w *world) error {
			_, err := do(w, w.validating.ReadBackContacts, ReadBackContactsInput{Validation: "v", Slice: 1, Slices: 1})
			return err
		}},
		{"counting", `\$apply`, 3, false, false, validation, func(w *world) error {
			_, err := do(w, w.validating.ReadBackContacts, ReadBackContactsInput{Validation: "v", Slice: 1, Slices: 1})
			require.NoError(w.t, err)
			v, err := do(w, w.validating.EndValidation, EndValidationInput{Validation: "v", Now: time.Now()})
			if err == nil {
				require.Equal(w.t, runs.VerdictMatch, v.Verdict)
			}
			return err
		}},
	}
}

// toRead plans a run as far as to its reading of contacts.
func (w *world) toRead() {
	w.t.Helper()
	in := ResolveColumnsInput{Run: testRun, Kind: runs.KindActivate, WorkflowID: "activate/dynamics/vip", Activation: w.activation(w.everyone()...)}
	_, err := do(w, w.connection.ResolveColumns, in)
	require.NoError(w.t, err)
	_, err = do(w, w.planning.StageAudience, StageAudienceInput{Run: testRun, Now: time.Now()})
	require.NoError(w.t, err)
	plan, err := do(w, w.planning.PlanRun, RunInput{Run: testRun})
	require.NoError(w.t, err)
	require.Positive(w.t, plan.ToRead)
}

// Outcomes of a cell.
const (
	cellWaited  = "waited for"
	cellStops   = "stops"
	cellRefused = "refused"
	cellDone    = "done"
)

// TableFault is what goes wrong, for as long as it lasts.
type TableFault struct {
	Name    string
	Fault   simulator.Fault
	Network func(r *http.Request) error // instead of being sent
	Want    string
}

// TableFaults are all that is tried.
func TableFaults() []TableFault {
	code := func(name string, status int, code, message string) TableFault {
		return TableFault{name, simulator.Fault{Kind: "code", Status: status, Code: code, Message: message}, nil, cellWaited}
	}
	of := func(name string, f simulator.Fault, want string) TableFault { return TableFault{name, f, nil, want} }
	on := func(name string, err error, want string) TableFault {
		return TableFault{name, simulator.Fault{}, func(*http.Request) error { return err }, want}
	}
	return []TableFault{
		of("500, bare", simulator.Fault{Kind: "empty", Status: 500}, cellWaited),
		code("500 0x80040216", 500, "0x80040216", "An unexpected error occurred."),
		code("500 0x80044150 40613", 500, "0x80044150", "Sql Number: 40613 Database db_x on server sql-x is not currently available."),
		code("500 0x80044150 1205", 500, "0x80044150", "Sql Number: 1205, Transaction was deadlocked"),
		code("500 0x80044151", 500, "0x80044151", "SQL timeout expired. Sql Number: -2"),
		of("502", simulator.Fault{Kind: "status", Status: 502}, cellWaited),
		of("503", simulator.Fault{Kind: "status", Status: 503}, cellWaited),
		of("429 with Retry-After", simulator.Fault{Kind: "status", Status: 429, Seconds: 30}, cellWaited),
		of("429 without Retry-After", simulator.Fault{Kind: "status", Status: 429, Count: 1}, cellDone),
		on("refused", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, cellWaited),
		on("DNS", &net.DNSError{Err: "no such host", Name: "org.crm4.dynamics.com", IsNotFound: true}, cellWaited),
		of("cut before the work", simulator.Fault{Kind: "cut-before"}, cellWaited),
		of("cut after the work", simulator.Fault{Kind: "cut-after"}, cellWaited),
		of("hang", simulator.Fault{Kind: "hang"}, cellWaited),
		of("truncated", simulator.Fault{Kind: "truncated"}, cellWaited),
		of("broken gzip", simulator.Fault{Kind: "broken-gzip"}, cellWaited),
		of("200, empty", simulator.Fault{Kind: "empty", Status: 200}, cellWaited),
		of("204 of another service", simulator.Fault{Kind: "empty"}, cellWaited),
		of("200 with HTML", simulator.Fault{Kind: "html"}, cellWaited),
		of("200 of another service", simulator.Fault{Kind: "foreign"}, cellWaited),
		of("403 with HTML", simulator.Fault{Kind: "html", Status: 403}, cellWaited),
		of("404 with HTML", simulator.Fault{Kind: "html", Status: 404}, cellWaited),
		of("302", simulator.Fault{Kind: "redirect"}, cellStops),
		on("bad TLS", x509.UnknownAuthorityError{}, cellStops),
		of("401 that lasts", simulator.Fault{Kind: "status", Status: 401}, cellStops),
		code("403 that lasts", 403, "0x80040220", "Principal user is missing prvReadContact privilege").ending(cellStops),
		of("another environment", simulator.Fault{Kind: "elsewhere"}, cellRefused),
	}
}

func (f TableFault) ending(want string) TableFault {
	f.Want = want
	return f
}

// broken is a transport on which some requests do not get through.
type broken struct {
	http.RoundTripper
	match *regexp.Regexp
	err   func(r *http.Request) error
}

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.match.MatchString(r.Method + " " + r.URL.RequestURI()) {
		if r.Body != nil {
			_ = r.Body.Close() // as a transport has to
		}
		return nil, b.err(r)
	}
	return b.RoundTripper.RoundTrip(r)
}

// judgeCell says what an error makes of a step.
func judgeCell(err error) string {
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return cellDone
	case !errors.As(err, &app):
		return err.Error()
	case !app.NonRetryable():
		return cellWaited
	case regexp.MustCompile(`another_environment|another environment`).MatchString(err.Error()):
		return cellRefused
	}
	return cellStops
}
