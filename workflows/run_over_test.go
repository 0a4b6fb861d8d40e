package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
)

var errRunOver = temporal.NewNonRetryableApplicationError(
	"the run has ended as canceled: the store was upgraded: start it again", activities.ErrRunOver, nil)

// A run that the store has ended cannot be mended and resumed: it ends with the store's reason, at
// whatever step it meets it.
func TestARunThatTheStoreHasEndedEnds(t *testing.T) {
	for _, step := range []string{"StageAudience", "PlanRun", "UpdateContacts"} {
		t.Run(step, func(t *testing.T) {
			f := newFake(t, 3)
			f.trouble = func(name string) error {
				if name == step && (step != "UpdateContacts" || len(f.sent) > 1) {
					return errRunOver
				}
				return nil
			}
			report, err := f.run(t, input())
			require.ErrorContains(t, err, "start it again")
			require.Equal(t, runs.StatusCanceled, report.Status)
			require.Contains(t, report.Reason, "the store was upgraded")
		})
	}
}

func TestAStreamWhoseMicroBatchTheStoreHasEndedTakesItsEventsAnew(t *testing.T) {
	b := newInbox(10)
	b.update = func() error {
		if len(b.sent) > 1 {
			return nil
		}
		b.claimed = "" // what it had claimed is in the inbox
		return errRunOver
	}
	b.after(time.Hour, func() { require.False(t, b.report(t).NeedsPerson) })
	err := b.run(2*time.Hour, streamInput())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.sent, 2)
	require.Zero(t, b.events)
}
