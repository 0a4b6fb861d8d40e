package command

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"audienceflow/activities"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
	"audienceflow/workflows"
)

// TestNumbersOfARunDoNotGoBackWhenItsWorkerComesBack looks at a run as its worker knows it, and as
// the store does, in turn: the store is ahead of a worker that has not come to the end of a batch.
func TestNumbersOfARunDoNotGoBackWhenItsWorkerComesBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	of := func(activated int64) runs.Numbers {
		return runs.Numbers{Received: 5000, Activated: activated, Pending: 5000 - activated, ByStatus: runs.ByStatus{Realized: activated}}
	}
	for range 200 {
		own, kept := int64(0), int64(0)
		before := runs.Report{Kind: runs.KindActivate, Status: runs.StatusRunning, Numbers: of(0)}
		for kept < 5000 {
			kept = min(5000, kept+random.Int64N(700))
			if random.IntN(3) == 0 {
				own = kept // a batch has ended
			}
			after := before
			after.Numbers = furthest(of(own), of(kept))
			require.NoError(t, reporttest.Check(after))
			require.NoError(t, reporttest.Back(before, after))
			require.Equal(t, kept, after.Activated)
			before = after
		}
	}
	require.Zero(t, furthest(runs.Numbers{}, of(3)).Received, "rows of a run that is still being staged are the run's own to tell")
}

func TestNumbersOfARunUnderWayAreThoseOfItsStore(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "r", WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Kind: runs.KindActivate}))
	excluded := []staging.Excluded{{Position: 1, Line: 7, Reason: "invalid_contact_id"}}
	require.NoError(t, s.Stage(t.Context(), "r", staging.Chunk{To: 1, Excluded: excluded}))
	id := s.ID()
	require.NoError(t, s.Close())
	own := runs.Numbers{Received: 1, Pending: 1}
	for name, c := range map[string]struct {
		report   runs.Report
		excluded int64
	}{
		"a run under way":    {runs.Report{Run: "r", StoreID: id, Kind: runs.KindActivate, Status: runs.StatusRunning, Numbers: own}, 1},
		"one that has ended": {runs.Report{Run: "r", StoreID: id, Kind: runs.KindActivate, Status: runs.StatusFailed, Numbers: own}, 0},
		"another store's":    {runs.Report{Run: "r", StoreID: "other", Kind: runs.KindActivate, Status: runs.StatusRunning, Numbers: own}, 0},
		"a dry run":          {runs.Report{Run: "r", StoreID: id, Kind: runs.KindPlan, Status: runs.StatusRunning, Numbers: own}, 0},
	} {
		numbers := (&App{StoreURL: url}).latestNumbers()
		numbers.add(t.Context(), &c.report)
		numbers.close()
		require.Equal(t, c.excluded, c.report.Excluded, name)
	}
}

func TestWithoutAWorkerARunStandsAsItHasSaidLast(t *testing.T) {
	info := func(said string) *workflow.WorkflowExecutionInfo {
		payload, err := converter.GetDefaultDataConverter().ToPayload(said)
		require.NoError(t, err)
		return &workflow.WorkflowExecutionInfo{
			Execution: &common.WorkflowExecution{WorkflowId: "activate/d/a"}, Status: enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
			SearchAttributes: &common.SearchAttributes{IndexedFields: map[string]*common.Payload{workflows.SearchStatus.GetName(): payload}},
		}
	}
	for said, want := range map[string]string{
		runs.StatusPaused: runs.StatusPaused, runs.StatusPausing: runs.StatusPausing, runs.StatusWaiting: runs.StatusWaiting,
		"": runs.StatusRunning, runs.VerdictMismatch: runs.StatusRunning,
	} {
		listed := listedOf(info(said))
		require.Equal(t, want, listed.Status, said)
		began := time.Now()
		stored := runs.Report{Status: runs.StatusPausing, Reason: "maintenance", By: "ann", Since: &began, Numbers: runs.Numbers{Received: 3}}
		status := withoutWorker(runs.Report{Status: listed.Status, StartedAt: began}, stored)
		require.Equal(t, want, status.Status, "status says what list says")
		require.EqualValues(t, 3, status.Received)
		require.Equal(t, began, status.StartedAt)
		require.Equal(t, want == runs.StatusPausing, status.Reason != "", "a reason of another status is none")
	}
}

func TestAStepThatIsTriedAgainSaysHow(t *testing.T) {
	lost := &failure.Failure{
		Message:     "activity Heartbeat timeout",
		FailureInfo: &failure.Failure_TimeoutFailureInfo{TimeoutFailureInfo: &failure.TimeoutFailureInfo{TimeoutType: enums.TIMEOUT_TYPE_HEARTBEAT}},
	}
	step := &workflow.PendingActivityInfo{
		ActivityType: &common.ActivityType{Name: "UpdateContacts"}, Attempt: 2, LastFailure: lost, State: enums.PENDING_ACTIVITY_STATE_STARTED,
	}
	require.Equal(t, "UpdateContacts, attempt 2 is under way; the one before failed: its worker was not heard of any more",
		trouble([]*workflow.PendingActivityInfo{step}))
	beat, err := converter.GetDefaultDataConverter().ToPayloads(activities.StepProgress{Until: time.Now().Add(time.Minute)})
	require.NoError(t, err)
	waiting := &workflow.PendingActivityInfo{ActivityType: step.ActivityType, Attempt: 1, State: enums.PENDING_ACTIVITY_STATE_STARTED, HeartbeatDetails: beat}
	require.Contains(t, trouble([]*workflow.PendingActivityInfo{step, waiting}), "UpdateContacts, waiting until "+time.Now().Add(time.Minute).Format("15:04"))
	step.State = enums.PENDING_ACTIVITY_STATE_SCHEDULED
	require.Equal(t, "UpdateContacts, attempt 2: its worker was not heard of any more", trouble([]*workflow.PendingActivityInfo{step}))
}
