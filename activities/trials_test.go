package activities

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics/simulator"
	"audienceflow/store"
	"audienceflow/store/staging"
)

// quickTrials stand for the ten minutes: a row is due again at once.
var quickTrials = make([]time.Duration, 5)

const serverError = "0x80040216"

// failover is what Dataverse says while its database moves to another server, with the code of a
// deadlock.
var failover = simulator.Fault{Kind: "code", Status: 500, Code: "0x80044150", Match: "UpdateMultiple|\\$batch|PATCH /api/data/v9.2/contacts",
	Message: "Sql error: Generic SQL error. CRM ErrorCode: -2147204784 Sql ErrorCode: -2146232060 Sql Number: 40613 Database db_x on server sql-x is not currently available."}

// trying sends a batch again and again, as Temporal does, and gives the result and how many
// attempts failed.
func (w *world) trying(atMost int) (out UpdateContactsResult, failed int, err error) {
	w.t.Helper()
	for ; failed < atMost; failed++ {
		if out, err = w.update(1); err == nil {
			return out, failed, nil
		}
		var app *temporal.ApplicationError
		require.ErrorAs(w.t, err, &app)
		require.False(w.t, app.NonRetryable(), err)
		require.LessOrEqual(w.t, app.NextRetryDelay(), trialPause)
	}
	return out, failed, err
}

// mend ends all faults.
func (w *world) mend() {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodDelete, w.sim.URL+"/_simulator/faults", nil)
	require.NoError(w.t, err)
	response, err := w.web().Do(request)
	require.NoError(w.t, err)
	require.NoError(w.t, response.Body.Close())
}

func TestARowThatFailsAloneAgainAndAgainIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"an unexpected error": {Kind: "plugin", Status: 500, Code: serverError, Message: "An unexpected error occurred."},
		"an unknown code":     {Kind: "plugin", Status: 500, Code: "0x80048408", Message: "What is this?"},
		"the database":        {Kind: "plugin", Status: 500, Code: "0x80044150", Message: "Sql Number: 40613"},
		"a slow row":          {Kind: "plugin", Status: 500, Code: "0x80044151", Message: "SQL timeout expired. Sql Number: -2"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 120)
			w.options.trials = quickTrials
			w.connect()
			bad := w.ids[7]
			fault.IDs = []string{bad}
			w.fault(fault)
			w.plan(w.activation(w.everyone()...))
			out, failed, err := w.trying(50)
			require.NoError(t, err)
			require.GreaterOrEqual(t, failed, len(quickTrials)-1, "it is tried five times")
			require.EqualValues(t, 119, out.Activated)
			require.EqualValues(t, 1, out.Failed)
			rejected, err := w.options.Store.Rejected(t.Context(), testRun, staging.RejectedQuery{})
			require.NoError(t, err)
			require.Len(t, rejected, 1)
			require.Equal(t, bad, rejected[0].Contact)
			require.Equal(t, fault.Code, rejected[0].Code)
			require.Equal(t, fault.Message, rejected[0].Text)
			require.NotEqual(t, "deadlock", rejected[0].Reason)
		})
	}
}

func TestAPassingFailureOfTheServerCostsNoRow(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]simulator.Fault{
		"once":                 {{Kind: "code", Status: 500, Code: serverError, Match: "^(POST|PATCH) .*contacts", Count: 1}},
		"with 400":             {{Kind: "code", Status: 400, Code: serverError, Match: "UpdateMultiple|batch", Count: 7}},
		"SQL time-out":         {{Kind: "code", Status: 500, Code: "0x80044151", Match: "UpdateMultiple|batch", Count: 9}},
		"deadlocks":            {{Kind: "deadlock", Count: 12}},
		"one of the rows":      {{Kind: "plugin", Status: 500, Code: serverError, Count: 1}},
		"reads fail with them": {{Kind: "code", Status: 500, Code: serverError, Match: "^(POST|GET|PATCH) .*contacts", Count: 12}},
		"empty 500":            {{Kind: "status", Status: 502, Match: "UpdateMultiple", Count: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			w := newWorld(t, 120)
			w.options.trials = quickTrials
			w.options.Destination.RequestTimeout, w.options.Destination.ServerTimeout = time.Millisecond, time.Millisecond
			w.connect()
			w.plan(w.activation(w.everyone()...))
			for _, f := range faults {
				w.fault(f)
			}
			out, _, err := w.trying(50)
			require.NoError(t, err)
			require.EqualValues(t, 120, out.Activated)
			require.Zero(t, out.Failed)
			w.writtenOnce(w.ids)
		})
	}
}

// TestWhileNothingGetsThroughNoRowIsToBlame: a database fails over, and Dynamics still answers
// readings.
func TestWhileNothingGetsThroughNoRowIsToBlame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 120)
	w.options.trials = quickTrials
	w.connect()
	w.plan(w.activation(w.everyone()...))
	w.fault(failover)
	_, _, err := w.trying(8)
	require.ErrorContains(t, err, "the database behind Dynamics failed")
	require.NotContains(t, err.Error(), "lost against another")
	require.Empty(t, w.timesWritten())
	counts, err := w.options.Store.Counts(t.Context(), testRun)
	require.NoError(t, err)
	require.EqualValues(t, 120, counts.Pending)

	w.mend()
	out, _, err := w.trying(3)
	require.NoError(t, err)
	require.EqualValues(t, 120, out.Activated)
	w.writtenOnce(w.ids)
}

// TestRowsThatAreNotDueYetAreToldWithWhatTheyFailedOn: an attempt that sends nothing is the one that
// an operator sees, for as long as it is waited for the next one.
func TestRowsThatAreNotDueYetAreToldWithWhatTheyFailedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 120)
	w.options.trials = []time.Duration{0, trialPause}
	w.connect()
	w.plan(w.activation(w.everyone()...))
	w.fault(failover)
	_, _, err := w.trying(8)
	require.ErrorContains(t, err, "120 contacts failed on their own")
	require.ErrorContains(t, err, "the database behind Dynamics failed")
}

// TestTheLastRowOfARunIsGivenUpWhereDynamicsTakesWrites: there are no others to get through.
func TestTheLastRowOfARunIsGivenUpWhereDynamicsTakesWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.options.trials = quickTrials
	w.connect()
	w.plan(w.activation(w.everyone()...))
	w.fault(simulator.Fault{Kind: "plugin", Status: 500, Code: serverError, IDs: w.ids})
	out, failed, err := w.trying(20)
	require.NoError(t, err)
	require.EqualValues(t, 1, out.Failed)
	require.GreaterOrEqual(t, failed, len(quickTrials)-1)
}

// TestARowThatLosesEveryAnswerIsFoundAndGivenUp: something breaks on one contact, and says nothing
// about it.
func TestARowThatLosesEveryAnswerIsFoundAndGivenUp(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(r *http.Request) (*http.Response, error){
		"bare 500": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 500, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		},
		"HTML": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader("<html>")), Request: r}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 120)
			w.options.trials = quickTrials
			w.options.Destination.RequestTimeout, w.options.Destination.ServerTimeout = time.Millisecond, time.Millisecond
			w.connect()
			w.plan(w.activation(w.everyone()...))
			bad := w.ids[60]
			transport := w.transport()
			w.options.Destination.Client = w.client(roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodGet || r.Body == nil {
					return transport.RoundTrip(r)
				}
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				if bytes.Contains(body, []byte(bad)) || strings.Contains(r.URL.Path, bad) {
					return answer(r)
				}
				r.Body = io.NopCloser(bytes.NewReader(body))
				return transport.RoundTrip(r)
			}))
			w.connect()
			out, _, err := w.trying(30)
			require.NoError(t, err)
			require.EqualValues(t, 119, out.Activated)
			require.EqualValues(t, 1, out.Failed)
			require.Len(t, w.timesWritten(), 119)
			for contact, times := range w.timesWritten() {
				require.Equal(t, 1, times, contact)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTrialsAreRemembered(t *testing.T) {
	t.Parallel()
	trials := newTrials(Options{})
	ref := store.BatchRef{Run: testRun, Batch: 1}
	now := time.Now()
	trials.began(ref, []store.TakenRow{{Contact: "a"}}, now)
	for _, want := range trialTimes[1:] {
		next, enough, _ := trials.failed(ref, "a", nil)
		require.False(t, enough)
		require.Equal(t, now.Add(want), next)
		require.Equal(t, next, trials.of(ref, "a").next)
	}
	_, enough, others := trials.failed(ref, "a", nil)
	require.True(t, enough, "at the fifth time, ten minutes after the first")
	require.False(t, others, "nobody else got through")
	trials.wrote()
	_, _, others = trials.failed(ref, "a", nil)
	require.True(t, others)
	require.Zero(t, trials.of(ref, "b"))
	trials.began(ref, []store.TakenRow{{Contact: "b"}}, now.Add(2*trialMemory))
	require.Zero(t, trials.of(ref, "a"), "forgotten")
	require.Equal(t, 10*time.Minute, trialTimes[len(trialTimes)-1])
}
