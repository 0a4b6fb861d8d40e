package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// scheduled runs what a schedule starts: a validation of a thousand contacts of which so many
// differ.
func scheduled(t *testing.T, differ int64, repair bool) (f *fake, result workflows.ScheduledResult) {
	t.Helper()
	f = newFake(t, 1)
	f.plan.Risks = activities.Risks{ToSend: differ}
	f.found = runs.Validation{Validation: "found", Verdict: runs.VerdictMatch, Expected: 1000, Matched: 1000 - differ, Mismatched: differ}
	if differ > 0 {
		f.found.Verdict = runs.VerdictMismatch
	}
	in := workflows.ScheduledInput{Activation: input().Activation, Validate: true, Repair: repair}
	in.Activation.Guard.MaxRepairShare = 0.02
	f.env.RegisterDelayedCallback(func() {
		if f.timesSent(1) == 0 {
			_ = f.env.SignalWorkflowByID(workflows.ActivateID("dynamics", "vip"), workflows.Approve.Name, workflows.Order{By: "ann"}) // nothing waits
		}
	}, 3*time.Hour)
	began := f.env.Now()
	f.env.ExecuteWorkflow(workflows.RunOnSchedule, in)
	require.NoError(t, f.env.GetWorkflowError())
	require.NoError(t, f.env.GetWorkflowResult(&result))
	if waited := f.env.Now().Sub(began) >= 3*time.Hour; len(f.asked) > 0 {
		require.Equal(t, differ > 20, waited, "%d differ", differ)
	}
	return f, result
}

func TestAScheduledValidationRepairsWithinBounds(t *testing.T) {
	for _, c := range []struct {
		differ  int64
		repair  bool
		repairs bool
	}{
		{0, true, false}, {5, false, false}, {5, true, true}, {20, true, true}, {21, true, true},
	} {
		f, result := scheduled(t, c.differ, c.repair)
		require.Equal(t, "validate/dynamics/vip", result.WorkflowID)
		require.Equal(t, c.repairs, result.Repair == "activate/dynamics/vip", "%d differ", c.differ)
		require.Equal(t, c.repairs, f.timesSent(1) == 1)
		if c.repairs {
			require.Equal(t, runs.KindRepair, f.asked[0].Kind)
			require.Equal(t, activities.RowsDiffering, f.asked[0].Rows)
			require.Equal(t, "found", f.asked[0].Of)
		}
	}
}

// TestARepairBeyondItsShareWaits also holds that one which somebody asks for by hand does not.
func TestARepairBeyondItsShareWaits(t *testing.T) {
	for _, c := range []struct {
		share           float64
		toSend, outOf   int64
		waits, approved bool
	}{
		{0.02, 21, 1000, true, true}, {0.02, 21, 1000, true, false}, {0.02, 20, 1000, false, false}, {0.02, 21, 0, false, false},
		{0.02, 19, 100, false, false}, {0.02, 20, 99, false, false}, {0, 20, 100, true, true}, {1, 1000, 1000, false, false},
	} {
		f := newFake(t, 1)
		f.plan.Risks = activities.Risks{ToSend: c.toSend}
		in := input()
		in.Kind, in.Rows, in.Of, in.ReadBack = runs.KindRepair, activities.RowsDiffering, "validation", c.outOf
		in.Activation.Guard.MaxRepairShare = c.share
		var held runs.Report
		f.after(time.Hour, func() {
			held = f.report(t)
			if c.approved {
				f.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{By: "ann"})
			} else {
				f.env.CancelWorkflow()
			}
		})
		_, err := f.run(t, in)
		require.Equal(t, c.waits && !c.approved, err != nil, "%+v", c)
		require.Equal(t, c.waits, held.Status == runs.StatusWaiting, "%+v", c)
		if c.waits {
			require.Equal(t, "maxRepairShare", held.Guards[0].Guard)
			require.Equal(t, c.toSend, held.Guards[0].Rows)
			require.Contains(t, held.Reason, "would be written once more")
			require.Equal(t, c.approved, f.timesSent(1) == 1)
		}
	}
}
