package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/runs"
)

// TestADelayIsToldWhileItLasts: an outage of Dynamics lasts an hour, and nobody waits for its end
// to hear of it.
func TestADelayIsToldWhileItLasts(t *testing.T) {
	b := newInbox(20)
	over := time.Date(2026, 3, 1, 10, 45, 0, 0, time.UTC) // within the hour that the test begins with
	b.update = func() error {
		if b.env.Now().Before(over) {
			return temporal.NewApplicationErrorWithOptions("no answer", "unavailable", temporal.ApplicationErrorOptions{NextRetryDelay: 7 * time.Minute})
		}
		return nil
	}
	b.after(time.Minute, func() {
		b.env.SignalWorkflow(activities.SignalNews, activities.News{Step: "UpdateContacts", Retrying: "no answer", Attempt: 3})
	})
	var early, during []string
	b.after(10*time.Minute, func() { early = append(early, b.told...) })
	b.after(44*time.Minute, func() { during = append(during, b.told...) })
	require.Error(t, b.run(55*time.Minute, streamInput()))
	require.NotContains(t, early, audience.AlertDelay)
	require.Contains(t, during, audience.AlertDelay)
	require.Zero(t, b.events, "it has caught up")
}

// TestTroubleAtAStreamsFirstStartIsTold: its first window is not open yet.
func TestTroubleAtAStreamsFirstStartIsTold(t *testing.T) {
	t.Run("an outage", func(t *testing.T) {
		b := newInbox(20)
		b.open = func() error {
			return temporal.NewApplicationErrorWithOptions("no answer", "unavailable", temporal.ApplicationErrorOptions{NextRetryDelay: 7 * time.Minute})
		}
		b.after(time.Minute, func() {
			b.env.SignalWorkflow(activities.SignalNews, activities.News{Step: "OpenWindow", Retrying: "no answer", Attempt: 3})
		})
		require.Error(t, b.run(44*time.Minute, streamInput()))
		require.Contains(t, b.told, audience.AlertDelay)
	})
	t.Run("what a person has to mend", func(t *testing.T) {
		b := newInbox(20)
		b.open = func() error {
			return temporal.NewNonRetryableApplicationError("this column is not there", activities.ErrColumnUnusable, nil)
		}
		require.Error(t, b.run(10*time.Minute, streamInput()))
		require.NotEmpty(t, b.alerts)
		require.Equal(t, runs.StatusPaused, b.alerts[0].Status)
	})
}

func TestAStreamThatGetsOnIsNotLate(t *testing.T) {
	b := newInbox(200)
	b.update = func() error { return nil }
	for n := range 50 {
		b.after(time.Duration(n)*time.Minute, func() { b.events += 10; b.wake() })
	}
	require.Error(t, b.run(55*time.Minute, streamInput()))
	require.NotContains(t, b.told, audience.AlertDelay)
}

// TestRejectedRowsOfAnHourAreToldWithinIt: 6 % are too few for the guard, and too many to stay
// silent about.
func TestRejectedRowsOfAnHourAreToldWithinIt(t *testing.T) {
	for share, told := range map[int64]bool{6: true, 1: false} {
		b := newInbox(30)
		b.others, b.excluded = 2*(100-share), 2*share
		require.Error(t, b.run(10*time.Minute, streamInput()))
		rejected := 0
		for i, event := range b.told {
			if event == "" && b.alerts[i].Excluded > 0 {
				rejected++
			}
		}
		require.Equal(t, told, rejected > 0, "%d %%", share)
		require.LessOrEqual(t, rejected, 1, "once an hour")
	}
}
