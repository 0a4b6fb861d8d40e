package activities

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTenFailingRunsSendOneAlertAndTheNextSuccessOneRecovery(t *testing.T) {
	var told []string
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told = append(told, string(body))
	}))
	defer target.Close()
	w := newWorld(t, 1)
	w.options.AlertURL = func(name string) string {
		if name != "ops" {
			return ""
		}
		return "generic+" + target.URL + "/hook"
	}
	w.connect()
	send := func(r Report) SendAlertResult {
		r.Destination, r.Audience = "dynamics", "vip"
		out, err := do(w, w.records.SendAlert, SendAlertInput{Targets: []string{"ops"}, Report: r})
		require.NoError(t, err)
		return out
	}
	require.False(t, send(Report{Status: StatusCompleted}).Sent, "nobody is told that all is well")
	for range 10 {
		send(Report{Status: StatusFailed, Reason: "sign in: wrong client secret"})
	}
	require.Len(t, told, 1)
	require.Contains(t, told[0], "wrong client secret")
	for range 3 {
		send(Report{Status: StatusCompleted, Numbers: Numbers{Received: 10, Activated: 10}})
	}
	require.Len(t, told, 2)
	require.Contains(t, told[1], "Recovered")
}

func TestADeadAlertTargetIsAnErrorWithoutItsURL(t *testing.T) {
	w := newWorld(t, 1)
	_, err := do(w, w.records.SendAlert, SendAlertInput{
		Targets: []string{"generic+http://127.0.0.1:1/secret-path", "nobody"}, Report: Report{Destination: "d", Audience: "a", Status: StatusFailed},
	})
	require.ErrorContains(t, err, "target 1")
	require.ErrorContains(t, err, "ALERT_NOBODY_URL")
	require.NotContains(t, err.Error(), "secret-path")
}

func TestWhatCountsAsTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		report Report
		state  string
		why    string
	}{
		"all well":         {Report{Status: StatusCompleted, Numbers: Numbers{Received: 1000, Failed: 10}}, AlertOK, ""},
		"too many refused": {Report{Status: StatusCompleted, Numbers: Numbers{Received: 1000, Failed: 6, Excluded: 5}}, AlertTrouble, "11 of 1000"},
		"a mismatch":       {Report{Status: StatusCompleted, Validation: &Validation{Verdict: VerdictMismatch, Missing: 2}}, AlertTrouble, "2 missing"},
		"held":             {Report{Status: StatusWaiting, NeedsPerson: true, Reason: "60 %"}, AlertTrouble, "60 %"},
		"paused by hand":   {Report{Status: StatusPaused, Reason: "night"}, AlertOK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			state, why := stateOf(c.report)
			require.Equal(t, c.state, state)
			require.True(t, strings.Contains(why, c.why), why)
		})
	}
}
