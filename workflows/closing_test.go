package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
)

// TestARunHasNotEndedBeforeItsNumbersAreThoseOfItsRecord: whoever looks while the record is kept
// would take numbers of before for the last ones.
func TestARunHasNotEndedBeforeItsNumbersAreThoseOfItsRecord(t *testing.T) {
	for _, canceled := range []bool{false, true} {
		f := newFake(t, 1)
		f.plan.Risks = activities.Risks{ToSend: batchRows, Leaving: 500, Exits: 500, Realized: 500} // a run waits, a plan says so
		in := input()
		if !canceled {
			in.Kind = runs.KindPlan
		}
		tried := false
		f.trouble = func(step string) error {
			if step != "RecordRun" || tried {
				return nil
			}
			tried = true
			f.batches[1] = runs.Numbers{Activated: batchRows, ByStatus: runs.ByStatus{Realized: batchRows}} // counted with the record
			return temporal.NewApplicationErrorWithOptions("busy", "busy", temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
		}
		if canceled {
			f.after(time.Second, func() { f.env.CancelWorkflow() })
		}
		looked := false
		f.after(30*time.Minute, func() {
			r := f.report(t)
			require.False(t, r.Ended(), r.Status)
			require.Nil(t, r.EndedAt)
			require.Zero(t, r.Activated)
			looked = true
		})
		last, _ := f.run(t, in)
		require.True(t, looked)
		require.True(t, last.Ended())
		require.EqualValues(t, batchRows, last.Activated)
		require.Equal(t, last, f.report(t))
	}
}
