package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

// lineOf is what a report says under a name, "" for nothing.
func lineOf(r runs.Report, name string) string {
	for _, line := range Of(r, time.UTC).lines() {
		if line.Name == name {
			return line.Text
		}
	}
	return ""
}

func TestNumbersThatCouldBeMistakenSayWhatTheyAre(t *testing.T) {
	ended := time.Now()
	lost := []string{"every value of birthdate was left out"}
	replay := runs.Report{Kind: runs.KindReplay, Status: runs.StatusFailed, EndedAt: &ended, Numbers: runs.Numbers{Received: 30, Pending: 30}}
	canceled := runs.Report{Kind: runs.KindActivate, Status: runs.StatusCanceled, EndedAt: &ended, Numbers: runs.Numbers{Received: 30, Pending: 30}}
	waiting := runs.Report{Kind: runs.KindActivate, Status: runs.StatusWaiting, Notes: lost, Numbers: runs.Numbers{Received: 20, Pending: 20}}
	failed := runs.Report{Kind: runs.KindActivate, Status: runs.StatusCompleted, Notes: lost, Numbers: runs.Numbers{Received: 20, Failed: 20}}
	whole := runs.Report{Kind: runs.KindActivate, Status: runs.StatusCompleted, Notes: lost, Numbers: runs.Numbers{Received: 20, Activated: 20, Warnings: 20}}
	nothing := runs.Report{Kind: runs.KindActivate, Status: runs.StatusCompleted, Validation: &runs.Validation{
		Scope: runs.ScopeRun, Verdict: runs.VerdictMismatch, Unexpected: 1,
	}}
	stream := func(status, phase string, backlog int64) runs.Report {
		return runs.Report{Kind: runs.KindStream, Status: status, Phase: phase, Stream: &runs.StreamStatus{Backlog: backlog}}
	}
	for name, c := range map[string]struct {
		report      runs.Report
		line        string
		says, never string
	}{
		"a replay that failed":     {replay, "pending", "failed rows as before", ""},
		"a run that was canceled":  {canceled, "pending", "not sent, or not confirmed by Dynamics: the run has ended", "as before"},
		"a run that waits":         {waiting, "pending", "20", "("},
		"values of pending rows":   {waiting, "warnings", "those of pending rows are not counted", ""},
		"values of failed rows":    {failed, "warnings", "rows activated or unchanged", "pending"},
		"values, all of them":      {whole, "warnings", "20", "("},
		"a stream that is held":    {stream(runs.StatusPaused, runs.PhaseIdle, 1234), "status", "paused, 1,234 profiles to send", "waiting for profiles"},
		"one with nothing to do":   {stream(runs.StatusPaused, runs.PhaseIdle, 0), "status", "paused", "waiting for profiles"},
		"one held while it sends":  {stream(runs.StatusWaiting, "sending", 5), "status", "waiting, 5 profiles to send", "sending"},
		"one about to send":        {stream(runs.StatusRunning, runs.PhaseIdle, 5), "status", "running, 5 profiles to send", "waiting for profiles"},
		"one that sends":           {stream(runs.StatusRunning, "sending", 5), "status", "running, sending", "to send"},
		"one that waits for more":  {stream(runs.StatusRunning, runs.PhaseIdle, 0), "status", "running, waiting for profiles", "to send"},
		"what a stream ignores":    {stream(runs.StatusRunning, "sending", 0), "ignored", "serve's answers", ""},
		"a stream without backlog": {stream(runs.StatusRunning, "sending", 0), "backlog", "0 profiles", "oldest"},
		"a plan that failed":       {runs.Report{Kind: runs.KindPlan, Status: runs.StatusFailed, EndedAt: &ended}, "forecast", "", "requests"},
		"a run that wrote nothing": {nothing, "validation", "unexpected 1  (of the whole column)", "expected 0"},
	} {
		text := lineOf(c.report, c.line)
		require.Contains(t, text, c.says, name)
		if c.never != "" {
			require.NotContains(t, strings.ReplaceAll(text, "unexpected", ""), c.never, name)
		}
	}
}
