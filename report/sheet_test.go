package report

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

func TestAReportForPeopleHoldsEveryNumber(t *testing.T) {
	ended := time.Now()
	text := Of(runs.Report{
		Run: "r", WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Status: runs.StatusCompleted, StartedAt: ended, EndedAt: &ended,
		Numbers: runs.Numbers{Received: 21, Activated: 6, Unchanged: 5, Superseded: 4, Excluded: 3, Failed: 2, Pending: 1, Reasons: map[string]int64{"plugin_error": 2}},
	}, time.UTC).text()
	words := strings.Join(strings.Fields(text), " ")
	for _, want := range []string{"received 21", "activated 6", "unchanged 5", "superseded 4", "excluded 3", "failed 2", "pending 1", "plugin_error 2", "starter rejected r"} {
		require.Contains(t, words, want)
	}
}

func TestProgressOfAPlanIsNothingThatWasDone(t *testing.T) {
	r := runs.Report{Kind: runs.KindPlan, WorkflowID: "plan/d/a", Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 20, Activated: 20}}
	require.Equal(t, "plan/d/a: completed: 20 of 20 rows planned, 20 would be updated, 0 failed", Progress(r))
	r.Kind = runs.KindActivate
	require.Contains(t, Progress(r), "20 of 20 rows settled, 20 activated")
}

func TestWhatIsNotKnownIsNotPrintedAsAFact(t *testing.T) {
	shown := Of(runs.Report{WorkflowID: "activate/d/a", Status: runs.StatusRunning, NumbersFrom: runs.NumbersNowhere}, time.UTC).text()
	require.NotContains(t, shown, "received")
	require.NotContains(t, shown, "0001")
	text, err := json.Marshal(runs.Report{})
	require.NoError(t, err)
	require.NotContains(t, string(text), "0001")
}
