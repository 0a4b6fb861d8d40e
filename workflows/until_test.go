package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

func TestAPauseUntilATimeIsOverThen(t *testing.T) {
	f := newFake(t, 40)
	slow(f)
	var until time.Time
	f.after(90*time.Second, func() {
		until = f.env.Now().Add(time.Hour).UTC()
		f.env.SignalWorkflow(workflows.Pause.Name, workflows.Order{Reason: "month end", By: "ann", Until: until})
	})
	f.after(30*time.Minute, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusPaused, held.Status)
		require.True(t, held.Until.Equal(until))
	})
	var resumed time.Time
	f.after(90*time.Second+time.Hour+time.Second, func() {
		resumed = f.env.Now()
		now := f.report(t)
		require.Equal(t, runs.StatusRunning, now.Status)
		require.Nil(t, now.Until)
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.False(t, resumed.IsZero())
	require.EqualValues(t, 400, report.Activated)
}

func TestAPauseUntilATimeCanBeEndedBefore(t *testing.T) {
	f := newFake(t, 40)
	slow(f)
	f.after(90*time.Second, func() {
		f.env.SignalWorkflow(workflows.Pause.Name, workflows.Order{By: "ann", Until: f.env.Now().Add(48 * time.Hour)})
	})
	began := f.env.Now()
	f.after(10*time.Minute, func() { f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"}) })
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 400, report.Activated)
	require.Less(t, f.env.Now().Sub(began), 24*time.Hour)
}

func TestQuietHoursHoldARunUntilTheyAreOver(t *testing.T) {
	f := newFake(t, 5)
	until := f.env.Now().Add(6 * time.Hour).UTC().Truncate(time.Second)
	quiet := activities.DestinationPause{Reason: "22:00-06:00 UTC", By: "DYNAMICS_QUIET_HOURS", Since: f.env.Now(), Until: until, Quiet: true}
	f.update = func(context.Context, activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
		if f.env.Now().Before(until) {
			return activities.UpdateContactsResult{}, temporal.NewNonRetryableApplicationError("quiet", activities.ErrDestinationPaused, nil, quiet)
		}
		return all(), nil
	}
	var connection *activities.Connection
	f.env.OnActivity(connection.AwaitDestination, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.DestinationInput) (activities.DestinationResult, error) {
			require.True(t, in.Sending)
			if f.env.Now().Before(until) {
				return activities.DestinationResult{}, temporal.NewApplicationErrorWithOptions("quiet", activities.ErrDestinationPaused,
					temporal.ApplicationErrorOptions{NextRetryDelay: time.Minute})
			}
			return activities.DestinationResult{}, nil
		})
	looked := false
	f.after(time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusPaused, held.Status)
		require.True(t, held.QuietHours)
		require.False(t, held.DestinationPaused || held.NeedsPerson)
		require.True(t, held.Until.Equal(until))
		require.Contains(t, held.Reason, "22:00-06:00 UTC")
		looked = true
	})
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.True(t, looked)
	require.EqualValues(t, 50, report.Activated)
}

// hold runs HoldDestination with nobody under way.
func hold(t *testing.T, in workflows.HoldInput, during func(*testsuite.TestWorkflowEnvironment)) (workflows.Hold, time.Duration) {
	t.Helper()
	suite := testsuite.WorkflowTestSuite{}
	env := suite.NewTestWorkflowEnvironment()
	workflows.Register(env)
	var connection *activities.Connection
	var kept activities.DestinationPause
	env.OnActivity(connection.PauseDestination, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.PauseDestinationInput) (activities.DestinationResult, error) {
			kept = in.Pause
			return activities.DestinationResult{}, nil
		})
	env.OnActivity(connection.ResumeDestination, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.DestinationInput) (activities.DestinationResult, error) {
			return activities.DestinationResult{Before: &kept}, nil
		})
	during(env)
	began := env.Now()
	env.ExecuteWorkflow(workflows.HoldDestination, in)
	require.NoError(t, env.GetWorkflowError())
	var out workflows.Hold
	require.NoError(t, env.GetWorkflowResult(&out))
	return out, env.Now().Sub(began)
}

func TestADestinationIsPausedUntilATimeOrUntilItIsResumed(t *testing.T) {
	in := workflows.HoldInput{Destination: "dynamics", Order: workflows.Order{By: "ann", Until: time.Now().Add(3 * time.Hour).UTC()}}
	out, took := hold(t, in, func(*testsuite.TestWorkflowEnvironment) {})
	require.InDelta(t, 3*time.Hour, took, float64(time.Minute))
	require.Equal(t, runs.StatusCompleted, out.Status)
	require.True(t, out.Lifted.Until.Equal(in.Order.Until))

	_, took = hold(t, in, func(env *testsuite.TestWorkflowEnvironment) {
		env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.Resume.Name, workflows.Order{}) }, time.Hour)
	})
	require.InDelta(t, time.Hour, took, float64(time.Minute))
}

// TestAPauseGetsAnotherTime: a later order says when a run, or a destination, that is paused goes
// on; one without a time leaves that as it is.
func TestAPauseGetsAnotherTime(t *testing.T) {
	for name, c := range map[string]struct {
		first, then time.Duration // from the order on
		held        time.Duration
	}{
		"longer":          {time.Hour, 3 * time.Hour, 3*time.Hour + time.Minute},
		"shorter":         {3 * time.Hour, 30 * time.Minute, 31 * time.Minute},
		"now with a time": {0, time.Hour, time.Hour + time.Minute},
		"without a time":  {2 * time.Hour, 0, 2 * time.Hour},
	} {
		order := func(now time.Time, by string, of time.Duration) workflows.Order {
			o := workflows.Order{Reason: "month end", By: by}
			if of > 0 {
				o.Until = now.Add(of).UTC()
			}
			return o
		}
		t.Run("run/"+name, func(t *testing.T) {
			f := newFake(t, 40)
			slow(f)
			var paused time.Time
			f.after(90*time.Second, func() {
				paused = f.env.Now()
				f.env.SignalWorkflow(workflows.Pause.Name, order(f.env.Now(), "ann", c.first))
			})
			f.after(150*time.Second, func() {
				again := order(f.env.Now(), "ben", c.then)
				again.Reason = ""
				f.env.SignalWorkflow(workflows.Pause.Name, again)
			})
			f.after(90*time.Second+c.held-10*time.Second, func() {
				held := f.report(t)
				require.Equal(t, runs.StatusPaused, held.Status)
				require.Equal(t, "month end", held.Reason)
				require.Equal(t, map[bool]string{true: "ben", false: "ann"}[c.then > 0], held.By)
				require.WithinDuration(t, paused.Add(c.held), *held.Until, time.Second)
				require.WithinDuration(t, paused, *held.Since, time.Second)
			})
			f.after(90*time.Second+c.held+10*time.Second, func() { require.Equal(t, runs.StatusRunning, f.report(t).Status) })
			_, err := f.run(t, input())
			require.NoError(t, err)
		})
		t.Run("destination/"+name, func(t *testing.T) {
			now := time.Now()
			in := workflows.HoldInput{Destination: "dynamics", Order: order(now, "ann", c.first)}
			out, took := hold(t, in, func(env *testsuite.TestWorkflowEnvironment) {
				env.SetStartTime(now)
				env.RegisterDelayedCallback(func() { env.SignalWorkflow(workflows.Pause.Name, order(env.Now(), "ben", c.then)) }, time.Minute)
			})
			require.InDelta(t, c.held, took, float64(5*time.Second))
			require.WithinDuration(t, now.Add(c.held), out.Lifted.Until, time.Second)
		})
	}
}
