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

func TestEveryBatchIsSentAndTheExportIsReadBack(t *testing.T) {
	f := newFake(t, 40)
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.Equal(t, runs.StatusCompleted, report.Status)
	require.EqualValues(t, 400, report.Activated)
	require.Zero(t, report.Pending)
	require.Equal(t, 40, report.BatchesDone)
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
	require.NotNil(t, report.EndedAt)
	addsUp(t, report)
	for batch := 1; batch <= 40; batch++ {
		require.Equal(t, 1, f.timesSent(batch), "batch %d", batch)
	}
	require.Equal(t, runs.StatusCompleted, f.recorded[len(f.recorded)-1].Status)
}

func TestContactsThatTheLedgerDoesNotKnowAreReadBeforeThePlanIsFinished(t *testing.T) {
	f := newFake(t, 1)
	f.toRead = 45_000
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.Equal(t, 3, f.read)
	require.EqualValues(t, 10, report.Activated)
}

func TestADryRunSendsNothing(t *testing.T) {
	f := newFake(t, 5)
	f.plan.Requests, f.plan.Minutes = 5, 1.5
	in := input()
	in.Kind = runs.KindPlan
	report, err := f.run(t, in)
	require.NoError(t, err)
	require.Empty(t, f.sent)
	require.EqualValues(t, 5, report.Requests)
	require.Nil(t, report.Validation)
}

func TestAWrongSecretFailsTheRunBeforeAnythingIsSent(t *testing.T) {
	f := newFake(t, 5)
	f.signIn = temporal.NewNonRetryableApplicationError("sign in: wrong client secret: set DYNAMICS_CLIENT_SECRET to its value", "misconfigured", nil)
	report, err := f.run(t, input())
	require.Error(t, err)
	require.Equal(t, runs.StatusFailed, report.Status)
	require.Contains(t, report.Reason, "DYNAMICS_CLIENT_SECRET")
	require.Empty(t, f.sent)
}

func TestWhatABatchGivesBackIsSentAgain(t *testing.T) {
	for name, older := range map[string]bool{"counted by the store": false, "begun by an older worker": true} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, 3)
			f.older = older
			f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
				if in.Batch == 2 && f.timesSent(2) == 1 {
					return sentPart(4), nil
				}
				return all(), nil
			}
			report, err := f.run(t, input())
			require.NoError(t, err)
			require.Equal(t, 2, f.timesSent(2))
			require.EqualValues(t, 30, report.Activated, "rows of the first attempt are counted once")
			addsUp(t, report)
		})
	}
}

// Answers arrive in any order: one that was counted before another must not take back what that one
// has told.
func TestNumbersNeverGoBack(t *testing.T) {
	f := newFake(t, 4)
	first := f.counted()
	f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		out := all()
		delay := map[int]time.Duration{2: 10 * time.Minute, 4: time.Hour}[in.Batch]
		if delay > 0 && f.timesSent(in.Batch) == 1 {
			return out, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
				temporal.ApplicationErrorOptions{NextRetryDelay: delay})
		}
		if in.Batch == 2 {
			out.Run = first // counted before any batch, and told after two of them
		}
		return out, nil
	}
	var seen []int64
	for minute := range 50 {
		f.after(time.Duration(minute+1)*time.Minute, func() {
			report := f.report(t)
			addsUp(t, report)
			seen = append(seen, report.Activated)
		})
	}
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 40, report.Activated)
	require.IsNonDecreasing(t, seen)
	require.Positive(t, seen[0])
}

func TestARunContinuesAsNewWithNothingLost(t *testing.T) {
	f := newFake(t, 60)
	in := input()
	in.HandOverEvents = 20
	f.env.SetCurrentHistoryLength(25)
	_, err := f.run(t, in)
	next := continued(t, err)
	require.NotZero(t, next.State.Next)
	require.Positive(t, next.State.Report.Activated)
	begun := len(f.sent)

	second := newFake(t, 60)
	second.sent, second.batches = f.sent, f.batches
	report, err := second.run(t, next)
	require.NoError(t, err)
	require.Less(t, begun, 60)
	require.EqualValues(t, 600, report.Activated)
	require.Equal(t, next.State.Report.Run, report.Run)
	addsUp(t, report)
	for batch := 1; batch <= 60; batch++ {
		require.Equal(t, 1, second.timesSent(batch), "batch %d", batch)
	}
}

func TestACanceledRunFinishesWhatIsUnderWay(t *testing.T) {
	f := newFake(t, 40)
	f.update = func(ctx context.Context, _ activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
			temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
	}
	f.after(time.Minute, f.env.CancelWorkflow)
	report, err := f.run(t, input())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Equal(t, runs.StatusCanceled, report.Status)
	require.EqualValues(t, 400, report.Pending)
	require.Equal(t, runs.StatusCanceled, f.recorded[len(f.recorded)-1].Status)
	addsUp(t, report)
}

func TestAMismatchIsAVerdictAndNotAnError(t *testing.T) {
	f := newFake(t, 1)
	f.verdict = runs.VerdictMismatch
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.Equal(t, runs.StatusCompleted, report.Status)
	require.Equal(t, runs.VerdictMismatch, report.Validation.Verdict)
}

func TestARunWithoutAnythingEverExportedHasNoVerdict(t *testing.T) {
	f := newFake(t, 0)
	f.begun = activities.BeginValidationResult{Nothing: true}
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.Equal(t, runs.StatusCompleted, report.Status)
	require.Nil(t, report.Validation)
}

func TestIDsTakeApartWhatTheyWerePutTogetherFrom(t *testing.T) {
	kind, destination, audience, ok := workflows.SplitID(workflows.ActivateID("emea", "a/b"))
	require.True(t, ok)
	require.Equal(t, []string{"activate", "emea", "a/b"}, []string{kind, destination, audience})
	_, _, _, ok = workflows.SplitID("nonsense")
	require.False(t, ok)
}
