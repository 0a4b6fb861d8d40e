package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

func TestAMismatchSaysWhatCanBeDoneAboutIt(t *testing.T) {
	const repair, unexpected = "--repair", "clear it in Dynamics"
	for _, c := range []struct {
		found        runs.Validation
		want, unlike []string
	}{
		{runs.Validation{Mismatched: 1}, []string{repair}, []string{unexpected}},
		{runs.Validation{Unexpected: 1}, []string{unexpected}, []string{repair}},
		{runs.Validation{Missing: 1, Unexpected: 1}, []string{repair, unexpected}, nil},
	} {
		c.found.Verdict = runs.VerdictMismatch
		hint := Of(runs.Report{Status: runs.StatusCompleted, Validation: &c.found}, time.UTC).text()
		for _, text := range c.want {
			require.Contains(t, hint, text)
		}
		for _, text := range c.unlike {
			require.NotContains(t, hint, text)
		}
	}
}
