package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

func TestTimesSayHowLongAgoTheyWereToWhoeverLooksNow(t *testing.T) {
	started := time.Date(2026, 11, 26, 21, 0, 0, 0, time.UTC)
	since, now := started.Add(time.Minute), started.Add(2*time.Hour+5*time.Minute)
	r := runs.Report{Status: runs.StatusPaused, Reason: "month end", By: "kim", Since: &since, StartedAt: started}

	shown, kept := At(r, now).text(), Of(r, time.UTC).text()

	require.Contains(t, shown, "started       2026-11-26 21:00:00 UTC  (2h 5m ago)")
	require.Contains(t, shown, "kim, since 2026-11-26 21:01:00 UTC  (2h 4m ago)")
	require.NotContains(t, kept, " ago", "what stays on a page would be wrong a minute later")
}

func TestAWhileIsSaidInItsTwoLargestUnits(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 10 * time.Millisecond, "59s": 59 * time.Second, "1m 0s": 59600 * time.Millisecond, "12m 5s": 12*time.Minute + 5*time.Second,
		"3h 20m": 3*time.Hour + 20*time.Minute + 50*time.Second, "2d 4h": 52*time.Hour + 59*time.Minute,
	} {
		require.Equal(t, want, While(d))
	}
}

func TestAStatusIsSaidOnceWhereItsPhaseBeginsWithIt(t *testing.T) {
	require.Equal(t, "waiting for approval", Status(runs.Report{Status: runs.StatusWaiting, Phase: "waiting for approval"}))
	require.Equal(t, "running, updating contacts", Status(runs.Report{Status: runs.StatusRunning, Phase: "updating contacts"}))
	require.Equal(t, "paused while waiting for approval", Status(runs.Report{Status: runs.StatusPaused, Phase: "waiting for approval"}))
}

func TestARunThatCanOnlyTryAgainPromisesNoTimeLeft(t *testing.T) {
	r := runs.Report{Status: runs.StatusRunning, Progress: &runs.Progress{What: "rows", Done: 5, Of: 9, PerSecond: 130, SecondsLeft: 25}}
	require.Contains(t, lineOf(r, "progress"), "about 25s left")

	r.Retrying = "UpdateContacts, attempt 6: no answer"

	require.Equal(t, "5 of 9 rows", lineOf(r, "progress"))
	require.NotContains(t, Progress(r), "left")
}

func TestTheProgressLineEndsASentenceOnce(t *testing.T) {
	r := runs.Report{WorkflowID: "activate/d/vip", Status: runs.StatusWaiting, Reason: "4 would leave. Look at the source."}
	require.True(t, strings.HasSuffix(Progress(r), "Look at the source. Let it go on: starter approve activate/d/vip"), Progress(r))

	r.Reason = "4 would leave"
	require.Contains(t, Progress(r), "would leave; let it go on: starter approve")
}
