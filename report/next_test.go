package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

// TestExitsByAbsenceBesideIDsThatAreNoneAreTold: somebody whose id lost a character left by it.
func TestExitsByAbsenceBesideIDsThatAreNoneAreTold(t *testing.T) {
	n := runs.Numbers{Received: 12, Activated: 2, Excluded: 1, Unchanged: 9, Absent: 2, Reasons: map[string]int64{"invalid_contact_id": 1}}
	for _, kind := range []string{runs.KindActivate, runs.KindPlan} {
		text := Of(runs.Report{Kind: kind, Status: runs.StatusCompleted, Numbers: n}, time.UTC).text()
		require.Contains(t, text, "2 exits are by absence, since the source is complete; 1 record is excluded for an id that is none")
		require.Contains(t, text, "12  (2 by absence: contacts that the source, being complete, does not name)")
	}
	n.Absent = 0
	require.NotContains(t, Of(runs.Report{Status: runs.StatusCompleted, Numbers: n}, time.UTC).text(), "by absence")
}

// TestValuesOfAnOlderSourceAreTold: nothing of them is sent, and a rerun changes nothing of that.
func TestValuesOfAnOlderSourceAreTold(t *testing.T) {
	r := runs.Report{Kind: runs.KindActivate, Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 4, Activated: 1, Unchanged: 3, HeldBack: 2}}
	for _, text := range []string{Of(r, time.UTC).text(), Of(r, time.UTC).Markdown()} {
		require.Contains(t, text, "held back")
		require.Contains(t, text, "Values of 2 rows are from an older source than what was activated since, so Dynamics keeps what is newer; --full does not send")
	}
	r.HeldBack = 0
	require.NotContains(t, Of(r, time.UTC).text(), "held back")
}

func TestAMatchAsksForNothing(t *testing.T) {
	require.NotContains(t, ValidationMarkdown(runs.Validation{Verdict: runs.VerdictMatch}), "starter")
}

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
		shown := ValidationMarkdown(c.found)
		require.Contains(t, shown, "`starter validate -f FILE`")
		require.Equal(t, slices.Contains(c.want, repair), strings.Contains(shown, repair), "what mends it is told where the validation is looked at")
		hint := Of(runs.Report{Status: runs.StatusCompleted, Validation: &c.found}, time.UTC).text()
		for _, text := range c.want {
			require.Contains(t, hint, text)
		}
		for _, text := range c.unlike {
			require.NotContains(t, hint, text)
		}
	}
}
