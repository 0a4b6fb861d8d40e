package activities

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
)

// listener is an alert target that keeps what it was told.
type listener struct {
	mu   sync.Mutex
	told []string
}

func (l *listener) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told
}

// listen makes a target, known to the workers as a name.
func (w *world) listen(name string) *listener {
	w.t.Helper()
	l := &listener{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.told = append(l.told, string(body))
	}))
	w.t.Cleanup(server.Close)
	others := w.options.AlertURL
	w.options.AlertURL = func(asked string) string {
		switch {
		case asked == name:
			return "generic+" + server.URL + "/hook"
		case others != nil:
			return others(asked)
		}
		return ""
	}
	w.connect()
	return l
}

// tell sends an alert of audience vip and gives the error.
func (w *world) tell(in SendAlertInput) error {
	in.Report.Destination, in.Report.Audience = "dynamics", "vip"
	_, err := do(w, w.records.SendAlert, in)
	return err
}

func TestTenFailingRunsSendOneAlertAndTheNextSuccessOneRecovery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ops := w.listen("ops")
	send := func(r runs.Report) {
		require.NoError(t, w.tell(SendAlertInput{Targets: []Alert{{To: "ops"}}, Report: r}))
	}
	send(runs.Report{Status: runs.StatusCompleted})
	require.Empty(t, ops.all(), "nobody is told that all is well")
	for range 10 {
		send(runs.Report{Status: runs.StatusFailed, Reason: "sign in: wrong client secret"})
	}
	require.Len(t, ops.all(), 1)
	require.Contains(t, ops.all()[0], "wrong client secret")
	for range 3 {
		send(runs.Report{Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 10, Activated: 10}})
	}
	require.Len(t, ops.all(), 2)
	require.Contains(t, ops.all()[1], "Recovered")
}

func TestEachTargetIsToldWhatItAskedForAlsoBesideADeadOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	every, failures := w.listen("every"), w.listen("failures")
	targets := []Alert{
		{To: "generic+http://127.0.0.1:1/secret-path"}, {To: "nobody"},
		{To: "every", On: []string{audience.AlertStart, audience.AlertSuccess, "trouble"}}, {To: "failures", On: []string{audience.AlertFailure}},
	}
	for i, run := range []string{"r1", "r2", "r3", "r4"} {
		require.NoError(t, w.tell(SendAlertInput{Targets: targets[2:], Event: audience.AlertStart, Report: runs.Report{Run: run}}))
		require.NoError(t, w.tell(SendAlertInput{Targets: targets[2:], Report: runs.Report{Run: run, Status: runs.StatusWaiting, NeedsPerson: true, Reason: "60 % exits"}}))
		report := runs.Report{Run: run, Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 10, Activated: 10}}
		if i < 2 {
			report = runs.Report{Run: run, Status: runs.StatusFailed, Reason: "no such column"}
		}
		err := w.tell(SendAlertInput{Targets: targets, Report: report})
		if i < 2 {
			require.ErrorContains(t, err, "target 1")
			require.ErrorContains(t, err, "ALERT_NOBODY_URL")
			require.NotContains(t, err.Error(), "secret-path")
		} else {
			require.NoError(t, err, "the dead were never told of the failure, so there is no recovery for them")
		}
	}
	require.Equal(t, []string{"Started", "60 %", "no such column", "Started", "60 %", "Started", "60 %", "Recovered", "Started", "60 %", "Recovered"},
		firstWords(every.all(), "Started", "Recovered", "Done", "60 %", "no such column"))
	require.Equal(t, []string{"no such column", "Recovered"}, firstWords(failures.all(), "Recovered", "no such column"))
	require.NoError(t, w.tell(SendAlertInput{Targets: targets[2:], Report: runs.Report{Run: "r5", Status: runs.StatusCompleted}}))
	require.Contains(t, every.all()[len(every.all())-1], "Done")
	require.Len(t, failures.all(), 2)
}

// firstWords names of each text the first of the words that it holds.
func firstWords(texts []string, words ...string) []string {
	var found []string
	for _, text := range texts {
		for _, word := range words {
			if strings.Contains(text, word) {
				found = append(found, word)
				break
			}
		}
	}
	return found
}

func TestAnAudienceWithoutRunsIsToldOfOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ops := w.listen("ops")
	a := w.activation(w.everyone()...)
	a.Alerts, a.ExpectEvery = []Alert{{To: "ops"}}, 26*time.Hour
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{Run: testRun, Kind: runs.KindActivate, WorkflowID: "activate/dynamics/vip", Activation: a})
	require.NoError(t, err)
	require.NoError(t, w.options.Store.EndRun(t.Context(), testRun, runs.StatusCompleted, "", "", nil))
	now := time.Now()
	require.NoError(t, AlertOverdue(t.Context(), w.options, now.Add(25*time.Hour)))
	require.Empty(t, ops.all())
	for range 3 {
		require.NoError(t, AlertOverdue(t.Context(), w.options, now.Add(27*time.Hour)))
	}
	require.Len(t, ops.all(), 1)
	require.Contains(t, ops.all()[0], "no run has begun since")
}

// TestEveryValidationTellsOfAMismatchAndOfItsEnd: of what differs, in numbers, also where only
// counts do.
func TestEveryValidationTellsOfAMismatchAndOfItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	ops := w.listen("ops")
	validated := func(v runs.Validation) {
		r := runs.Report{Run: "v", WorkflowID: "validate/dynamics/vip", Kind: runs.KindValidate, Status: runs.StatusCompleted, Validation: &v}
		require.NoError(t, w.tell(SendAlertInput{Targets: []Alert{{To: "ops", On: []string{"trouble", audience.AlertSuccess}}}, Report: r}))
	}
	match := runs.Validation{Verdict: runs.VerdictMatch, Expected: 3000, Matched: 3000}
	validated(match)
	require.Empty(t, ops.all(), "of a validation that matches there is no news")
	validated(runs.Validation{Verdict: runs.VerdictMismatch, Expected: 3000, Matched: 3000, ByStatus: runs.TallyByStatus{
		Realized: runs.Tally{Expected: 2900, Actual: 2899}, Exited: runs.Tally{Expected: 100, Actual: 100},
	}})
	require.Len(t, ops.all(), 1)
	require.Contains(t, ops.all()[0], "no difference in 3,000 contacts read back; realized in the whole column: expected 2,900, actual 2,899")
	require.Contains(t, ops.all()[0], "starter validate -f FILE --repair")
	require.NotContains(t, ops.all()[0], "exited")
	validated(match)
	validated(match)
	require.Len(t, ops.all(), 2)
	require.Contains(t, ops.all()[1], "Recovered")
	require.Contains(t, ops.all()[1], "3,000 contacts expected, 3,000 matched")

	// of other trouble a validation knows nothing
	require.NoError(t, w.tell(SendAlertInput{Targets: []Alert{{To: "ops"}}, Report: runs.Report{Status: runs.StatusFailed, Reason: "no such column"}}))
	validated(match)
	require.Len(t, ops.all(), 3)
	validated(runs.Validation{Verdict: runs.VerdictMismatch, Expected: 3000, Matched: 2996, Mismatched: 3, Missing: 1})
	require.Contains(t, ops.all()[3], "3 mismatched, 1 missing of 3,000 contacts")
	validated(match)
	require.Len(t, ops.all(), 5)
	require.NoError(t, w.tell(SendAlertInput{Targets: []Alert{{To: "ops"}}, Report: runs.Report{Status: runs.StatusCompleted}}))
	require.Len(t, ops.all(), 6, "the failure is over with the next run that ends well")
}
