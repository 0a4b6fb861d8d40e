package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/runs"
)

func TestAMismatchSaysWhatCanBeDoneAboutIt(t *testing.T) {
	const repair, unexpected = "--repair", "clear it in Dynamics"
	for _, c := range []struct {
		found        activities.Validation
		want, unlike []string
	}{
		{activities.Validation{Mismatched: 1}, []string{repair}, []string{unexpected}},
		{activities.Validation{Unexpected: 1}, []string{unexpected}, []string{repair}},
		{activities.Validation{Missing: 1, Unexpected: 1}, []string{repair, unexpected}, nil},
	} {
		c.found.Verdict = runs.VerdictMismatch
		hint := Of(activities.Report{Status: runs.StatusCompleted, Validation: &c.found}, time.UTC).text()
		for _, text := range c.want {
			require.Contains(t, hint, text)
		}
		for _, text := range c.unlike {
			require.NotContains(t, hint, text)
		}
	}
}
