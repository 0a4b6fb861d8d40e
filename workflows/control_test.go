package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// slow makes each batch take a minute of virtual time by failing once.
func slow(f *fake) {
	f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		if f.timesSent(in.Batch)%2 == 1 {
			return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
				temporal.ApplicationErrorOptions{NextRetryDelay: time.Minute})
		}
		return all(), nil
	}
}

func TestAPauseStopsBatchesBetweenAttemptsAndAResumeGoesOn(t *testing.T) {
	f := newFake(t, 40)
	slow(f)
	var paused runs.Report
	f.after(90*time.Second, func() {
		f.env.SignalWorkflow(workflows.Pause.Name, workflows.Order{Reason: "maintenance", By: "ann"})
	})
	f.after(91*time.Second, func() { paused = f.report(t) })
	f.after(5*time.Hour, func() {
		still := f.report(t)
		require.Equal(t, paused.Activated, still.Activated, "nothing goes on while it is paused")
		f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"})
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.Equal(t, runs.StatusPaused, paused.Status)
	require.Equal(t, "maintenance", paused.Reason)
	require.Equal(t, "ann", paused.By)
	require.NotNil(t, paused.Since)
	require.False(t, paused.NeedsPerson)
	require.Positive(t, paused.Activated)
	addsUp(t, paused)
	require.EqualValues(t, 400, report.Activated)
	require.Empty(t, report.Reason)
	addsUp(t, report)
}

func TestAMissingPrivilegeInMidRunPausesItUntilSomebodyHasMendedIt(t *testing.T) {
	f := newFake(t, 5)
	mended := false
	f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		if in.Batch == 3 && !mended {
			return activities.UpdateContactsResult{}, temporal.NewNonRetryableApplicationError("update contacts: prvWriteContact is missing", "forbidden", nil)
		}
		return all(), nil
	}
	f.after(time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusPaused, held.Status)
		require.True(t, held.NeedsPerson)
		require.Contains(t, held.Reason, "prvWriteContact")
		mended = true
		f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 50, report.Activated)
}

func TestAFeedFullOfExitsWaitsForApprovalBeforeTheFirstWrite(t *testing.T) {
	f := newFake(t, 20)
	f.plan.Risks.Exits = 120
	f.after(time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusWaiting, held.Status)
		require.Contains(t, held.Reason, "120 of 200")
		require.Empty(t, f.sent)
		f.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{By: "ann"})
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 200, report.Activated)
}

func TestAWaitingRunThatIsCanceledWritesNothing(t *testing.T) {
	f := newFake(t, 20)
	f.plan.Risks.Exits = 120
	f.after(time.Hour, f.env.CancelWorkflow)
	report, err := f.run(t, input())
	require.True(t, temporal.IsCanceledError(err))
	require.Empty(t, f.sent)
	require.EqualValues(t, 200, report.Pending)
}

func TestTooManyFailuresPauseTheRunOnce(t *testing.T) {
	f := newFake(t, 200)
	f.update = func(context.Context, activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		return activities.UpdateContactsResult{Numbers: runs.Numbers{
			Activated: 9, Failed: 1, ByStatus: runs.ByStatus{Realized: 9}, Reasons: map[string]int64{"plugin_error": 1},
		}}, nil
	}
	f.after(time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusPaused, held.Status)
		require.Contains(t, held.Reason, "maxFailedShare")
		require.GreaterOrEqual(t, held.Failed, int64(20))
		f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 200, report.Failed)
	require.EqualValues(t, 200, report.Reasons["plugin_error"])
	addsUp(t, report)
}

func TestFailuresOfThePlanAreNoFailuresOfSending(t *testing.T) {
	f := newFake(t, 200)
	f.plan.Numbers.Received += 30
	f.plan.Numbers.Failed = 30
	f.plan.Numbers.Reasons = map[string]int64{"invalid_value": 30}
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 2_000, report.Activated)
	for _, held := range f.recorded {
		require.NotContains(t, held.Reason, "maxFailedShare")
	}
	addsUp(t, report)
}

func TestAPauseIsCarriedOverContinueAsNew(t *testing.T) {
	in := input()
	in.State = &workflows.ActivateState{
		Report: runs.Report{Run: "r", Batches: 2, Numbers: runs.Numbers{Received: 20, Pending: 20}}, Next: 1,
		Control: workflows.Control{Paused: true, Reason: "night", By: "ann", Since: time.Now()},
	}
	f := newFake(t, 2)
	f.after(time.Hour, func() {
		require.Equal(t, runs.StatusPaused, f.report(t).Status)
		require.Empty(t, f.sent)
		f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
	})
	report, err := f.run(t, in)
	require.NoError(t, err)
	require.EqualValues(t, 20, report.Activated)
}
