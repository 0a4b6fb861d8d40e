package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
)

// TestRowsOfABatchThatTakesLongAreTold has a batch of three wait for an hour while its rows are
// written one by one.
func TestRowsOfABatchThatTakesLongAreTold(t *testing.T) {
	f := newFake(t, 1)
	f.env.SetTestTimeout(time.Minute)
	hold := true
	f.update = func(context.Context, activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		if hold {
			hold = false
			return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
				temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
		}
		return all(), nil
	}
	news := func(activated int64) activities.News {
		n := *f.counted()
		n.Activated, n.Pending, n.ByStatus = activated, n.Pending-activated, runs.ByStatus{Realized: activated}
		return activities.News{Step: "UpdateContacts", Numbers: &n}
	}
	for _, c := range []struct {
		minute          time.Duration
		told, activated int64
	}{{1, 3, 3}, {2, 7, 7}, {3, 5, 7}} { // the last one was overtaken on its way
		f.after(c.minute*time.Minute, func() { f.env.SignalWorkflow(activities.SignalNews, news(c.told)) })
		f.after(c.minute*time.Minute+time.Second, func() {
			report := f.report(t)
			addsUp(t, report)
			require.Equal(t, c.activated, report.Activated)
			require.EqualValues(t, c.activated, report.Progress.Done)
		})
	}
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 10, report.Activated)
}

// TestTheTimeOfTheNextTryIsNotPromisedForLong: later tries are told rarely, and what was told stays
// where Temporal's UI shows it.
func TestTheTimeOfTheNextTryIsNotPromisedForLong(t *testing.T) {
	for backoff, says := range map[bool]string{false: "(again about 12:05:00)", true: "(again about 12:05:00, then at most a minute apart: Pending Activities"} {
		f := newFake(t, 1)
		tried := false
		f.update = func(context.Context, activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
			if !tried {
				tried = true
				return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("gone", "unavailable",
					temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
			}
			return all(), nil
		}
		next := time.Date(2026, 11, 26, 12, 5, 0, 0, time.UTC)
		f.after(time.Minute, func() {
			f.env.SignalWorkflow(activities.SignalNews, activities.News{Step: "UpdateContacts", Retrying: "gone", Attempt: 3, Next: next, Backoff: backoff})
		})
		f.after(2*time.Minute, func() { require.Contains(t, f.report(t).Retrying, says) })
		_, err := f.run(t, input())
		require.NoError(t, err)
	}
}

// TestAWaitForRowsOfADeadWorkerIsShown: what is waited for, and until when, until the next batch.
func TestAWaitForRowsOfADeadWorkerIsShown(t *testing.T) {
	f := newFake(t, 1)
	held := true
	f.update = func(context.Context, activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		if held {
			held = false
			return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("busy", "busy",
				temporal.ApplicationErrorOptions{NextRetryDelay: 2 * time.Minute})
		}
		return all(), nil
	}
	f.after(time.Minute, func() {
		f.env.SignalWorkflow(activities.SignalNews, activities.News{Step: "UpdateContacts", Until: time.Date(2026, 11, 27, 3, 12, 40, 0, time.UTC)})
	})
	f.after(90*time.Second, func() {
		require.Contains(t, f.report(t).Retrying, "UpdateContacts, waiting until 03:12:40 UTC: a worker stopped")
	})
	last, err := f.run(t, input())
	require.NoError(t, err)
	require.Empty(t, last.Retrying)
}
