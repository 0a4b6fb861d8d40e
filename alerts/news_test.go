package alerts

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store/destinations"
)

func TestWhatCountsAsTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		report runs.Report
		kind   string
		why    string
	}{
		"all well":         {runs.Report{Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 1000, Failed: 10}}, "", ""},
		"too many refused": {runs.Report{Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 1000, Failed: 6, Excluded: 5}}, audience.AlertRejected, "11 of 1,000"},
		"a mismatch":       {runs.Report{Status: runs.StatusCompleted, Validation: &runs.Validation{Verdict: runs.VerdictMismatch, Missing: 2}}, audience.AlertMismatch, "2 missing"},
		"held":             {runs.Report{Status: runs.StatusWaiting, NeedsPerson: true, Reason: "60 %"}, audience.AlertHeld, "60 %"},
		"paused by hand":   {runs.Report{Status: runs.StatusPaused, Reason: "night"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			n := Of(c.report, "", "")
			if c.kind == "" {
				require.Empty(t, n.troubles)
				return
			}
			require.Contains(t, n.troubles[c.kind], c.why)
		})
	}
}

// TestEveryRunHasAnEndForWhoHearsOfItsStart: a trouble that a target is not told of does not leave
// it waiting for the run's end.
func TestEveryRunHasAnEndForWhoHearsOfItsStart(t *testing.T) {
	t.Parallel()
	rejected := runs.Report{Run: "r", Kind: runs.KindActivate, Destination: "d", Audience: "a", Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 40, Activated: 35, Excluded: 5}}
	mismatch := rejected
	mismatch.Validation = &runs.Validation{Verdict: runs.VerdictMismatch, Missing: 2}
	failed := runs.Report{Run: "r", Kind: runs.KindActivate, Destination: "d", Audience: "a", Status: runs.StatusFailed, Reason: "no such file"}
	for name, c := range map[string]struct {
		report runs.Report
		on     []string
		says   string
	}{
		"rejected, not listened to":                {rejected, []string{"start", "success", "failure"}, "Done: a in d: 40 rows received"},
		"it says what it is about":                 {mismatch, []string{"start", "success", "failure"}, "2 missing"},
		"rejected, listened to":                    {rejected, []string{"start", "success", "rejected"}, "5 of 40 rows"},
		"failed, listened to":                      {failed, []string{"start", "success", "failure"}, "no such file"},
		"failed is no success for who hears of it": {failed, []string{"start", "success"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			target := audience.Alert{To: "ops", On: c.on}
			text, after := Of(c.report, "", "").Tell(target, destinations.AlertState{})
			if c.says == "" {
				require.Empty(t, text)
				return
			}
			require.Contains(t, text, c.says)
			again, _ := Of(c.report, "", "").Tell(target, after)
			require.Empty(t, again, "once")
		})
	}
}
