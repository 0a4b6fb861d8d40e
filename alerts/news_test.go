package alerts

import (
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
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
