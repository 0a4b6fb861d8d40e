package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// budgeted lets a day's first two batches through; later ones only once it is over, or over the
// budget.
func budgeted(f *fake) {
	var freed time.Time
	sent := 0
	f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if freed.IsZero() {
			freed = f.env.Now().Add(5 * time.Hour)
		}
		if sent < 2 || in.OverBudget || !f.env.Now().Before(freed) {
			sent++
			return all(), nil
		}
		return activities.UpdateContactsResult{Numbers: runs.Numbers{Pending: batchRows},
			DailyRows: &runs.DailyRows{Limit: 20, Used: 20, ToSend: 180, Until: &freed}}, nil
	}
}

func TestARunOverTheDailyBudgetWaitsAndGoesOnByItself(t *testing.T) {
	f := newFake(t, 20)
	budgeted(f)
	f.after(4*time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusWaiting, held.Status)
		require.True(t, held.NeedsPerson)
		require.Contains(t, held.Reason, "DYNAMICS_DAILY_ROWS")
		require.EqualValues(t, 20, held.Activated)
		require.EqualValues(t, 180, held.Pending)
		addsUp(t, held)
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 200, report.Activated)
	require.Empty(t, report.Reason)
	require.Less(t, f.timesSent(20), 4, "it does not ask again and again")
}

func TestAnApprovalSendsOverTheDailyBudget(t *testing.T) {
	f := newFake(t, 20)
	budgeted(f)
	f.after(time.Hour, func() { f.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{By: "ann"}) })
	f.after(2*time.Hour, func() { require.Equal(t, runs.StatusCompleted, f.report(t).Status) })
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 200, report.Activated)
	require.Less(t, report.EndedAt.Sub(report.StartedAt), 2*time.Hour)
}

// A run that was not told of its destination's pause is refused by its steps, and finds out by
// itself when it is over.
func TestARunIsHeldByAPausedDestinationThoughNobodyToldIt(t *testing.T) {
	f := newFake(t, 40)
	paused, freed := f.env.Now().Add(time.Minute), f.env.Now().Add(50*time.Hour)
	var connection *activities.Connection
	f.env.OnActivity(connection.AwaitDestination, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.DestinationInput) (activities.DestinationResult, error) {
			if f.env.Now().Before(freed) {
				return activities.DestinationResult{}, temporal.NewApplicationErrorWithOptions("paused", activities.ErrDestinationPaused,
					temporal.ApplicationErrorOptions{NextRetryDelay: 10 * time.Minute})
			}
			return activities.DestinationResult{}, nil
		})
	slow(f)
	update := f.update
	f.update = func(ctx context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		if now := f.env.Now(); now.After(paused) && now.Before(freed) {
			return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("paused", activities.ErrDestinationPaused,
				temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{activities.DestinationPause{Reason: "month end", By: "ann", Since: paused}}})
		}
		return update(ctx, in)
	}
	f.after(40*time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusPaused, held.Status)
		require.Equal(t, "ann", held.By)
		require.Contains(t, held.Reason, "month end")
		require.True(t, held.DestinationPaused)
		require.False(t, held.NeedsPerson)
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 400, report.Activated)
}

func TestPeopleAreToldOnceOfARunThatStandsStill(t *testing.T) {
	f := newFake(t, 5)
	var told []activities.SendAlertInput
	var records *activities.Records
	f.env.OnActivity(records.SendAlert, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.SendAlertInput) (activities.SendAlertResult, error) {
			if in.Report.Kind != runs.KindValidate { // which has no run here: the test environment names none
				told = append(told, in)
			}
			return activities.SendAlertResult{}, nil
		})
	f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		if f.timesSent(in.Batch) == 1 {
			return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
				temporal.ApplicationErrorOptions{NextRetryDelay: 3 * time.Hour})
		}
		return all(), nil
	}
	in := input()
	in.Activation.Alerts = []activities.Alert{{To: "ops"}}
	_, err := f.run(t, in)
	require.NoError(t, err)
	require.Len(t, told, 2)
	require.Equal(t, "delay", told[0].Event)
	require.Contains(t, told[0].Why, "no progress for 15 minutes")
	require.Equal(t, runs.StatusCompleted, told[1].Report.Status)
}

// TestNewsOfAnotherTryIsNoProgress: a worker tells again and again what it tries, and people are
// told all the same.
func TestNewsOfAnotherTryIsNoProgress(t *testing.T) {
	for name, c := range map[string]struct {
		news activities.News
		told []string
	}{
		"another try":      {activities.News{Step: "UpdateContacts", Retrying: "no answer", Attempt: 3}, []string{"delay", ""}},
		"it gets on":       {activities.News{Step: "UpdateContacts", Done: 1}, []string{""}},
		"nothing is heard": {activities.News{}, []string{"delay", ""}},
	} {
		f := newFake(t, 1)
		f.plan.Minutes = 60 // nobody is told of it as taking longer than forecast
		var told []string
		var records *activities.Records
		f.env.OnActivity(records.SendAlert, mock.Anything, mock.Anything).Return(
			func(_ context.Context, in activities.SendAlertInput) (activities.SendAlertResult, error) {
				if in.Report.Kind != runs.KindValidate {
					told = append(told, in.Event)
				}
				return activities.SendAlertResult{}, nil
			})
		f.update = func(_ context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
			if f.timesSent(in.Batch) == 1 {
				return activities.UpdateContactsResult{}, temporal.NewApplicationErrorWithOptions("throttled", "throttled",
					temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
			}
			return all(), nil
		}
		for minute := range time.Duration(14) {
			if c.news.Step != "" {
				f.after((1+4*minute)*time.Minute, func() { f.env.SignalWorkflow(activities.SignalNews, c.news) })
			}
		}
		in := input()
		in.Activation.Alerts = []activities.Alert{{To: "ops"}}
		_, err := f.run(t, in)
		require.NoError(t, err)
		require.Equal(t, c.told, told, name)
	}
}

func TestPeopleAreToldOfARunThatPausedItselfOnceNothingIsUnderWay(t *testing.T) {
	f := newFake(t, 5)
	var told []runs.Report
	var records *activities.Records
	f.env.OnActivity(records.SendAlert, mock.Anything, mock.Anything).Return(
		func(ctx context.Context, in activities.SendAlertInput) (activities.SendAlertResult, error) {
			told = append(told, in.Report)
			return activities.SendAlertResult{}, ctx.Err()
		})
	f.update = func(context.Context, activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		return activities.UpdateContactsResult{}, temporal.NewNonRetryableApplicationError("prvWriteContact is missing", "forbidden", nil)
	}
	f.after(time.Hour, func() {
		require.Len(t, told, 1)
		require.Equal(t, runs.StatusPaused, told[0].Status)
		f.env.CancelWorkflow()
	})
	in := input()
	in.Activation.Alerts = []activities.Alert{{To: "ops"}}
	_, err := f.run(t, in)
	require.True(t, temporal.IsCanceledError(err))
}
