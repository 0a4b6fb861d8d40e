package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// holdings are the steps at which a run may be held, with what holds it there.
var holdings = map[string]struct {
	step    string // in which the pause comes; empty: the run waits for approval
	status  string
	batches int // begun before
}{
	"while it signs in":           {"Authenticate", runs.StatusPaused, 0},
	"while it resolves columns":   {"ResolveColumns", runs.StatusPaused, 0},
	"while it stages":             {"StageAudience", runs.StatusPaused, 0},
	"while it plans":              {"PlanRun", runs.StatusPaused, 0},
	"while it reads":              {"ReadContacts", runs.StatusPaused, 0},
	"for approval":                {"", runs.StatusWaiting, 0},
	"while it sends":              {"UpdateContacts", runs.StatusPaused, 3},
	"while it reads back":         {"ReadBackContacts", runs.StatusPaused, 20},
	"since its end is not booked": {"RecordRun", runs.StatusPaused, 20},
}

// TestAHeldRunContinuesOnTheVersionThatIsCurrent: wherever a run is held, it does not keep an old
// worker alive, and it goes on where it was.
func TestAHeldRunContinuesOnTheVersionThatIsCurrent(t *testing.T) {
	for name, c := range holdings {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, 20)
			f.toRead = 100
			in := input()
			if c.step == "" {
				f.plan.Risks.Overwrites = f.plan.Risks.ToSend
			}
			held := false
			f.trouble = func(step string) error {
				if step != c.step || held || len(f.sent) < c.batches {
					return nil
				}
				held = true
				if step == "RecordRun" {
					return temporal.NewNonRetryableApplicationError("the disk is full", "StoreFailed", nil)
				}
				f.env.SignalWorkflow(workflows.Pause.Name, workflows.Order{Reason: "night", By: "ann"})
				return temporal.NewApplicationError("passes", "Passes")
			}
			var before runs.Report
			f.after(time.Hour, func() {
				before = f.report(t)
				require.Equal(t, c.status, before.Status)
				f.env.SetTargetWorkerDeploymentVersionChanged(true)
				f.env.SignalWorkflow(workflows.Upgrade.Name, workflows.Order{})
			})
			_, err := f.run(t, in)
			next := continued(t, err)
			requireUpgrade(t, err)
			require.GreaterOrEqual(t, len(f.sent), c.batches)

			g := newFake(t, 20)
			g.plan, g.sent, g.batches = f.plan, f.sent, f.batches
			g.after(time.Hour, func() {
				after := g.report(t)
				require.Equal(t, before.Status, after.Status)
				require.Equal(t, before.Reason, after.Reason)
				require.Equal(t, before.Since, after.Since)
				require.Equal(t, before.Numbers, after.Numbers)
				g.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{})
				g.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{})
			})
			report, err := g.run(t, next)
			require.NoError(t, err)
			require.Equal(t, before.Run, report.Run)
			require.Equal(t, before.StartedAt, report.StartedAt)
			require.Equal(t, runs.StatusCompleted, report.Status)
			require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
			require.EqualValues(t, 200, report.Activated)
			addsUp(t, report)
		})
	}
}

// TestARunGoesOnSendingOnTheVersionThatIsCurrent, once what is under way is done.
func TestARunGoesOnSendingOnTheVersionThatIsCurrent(t *testing.T) {
	f := newFake(t, 50)
	f.env.SetOnActivityCompletedListener(func(info *activity.Info, _ converter.EncodedValue, _ error) {
		if info.ActivityType.Name == "UpdateContacts" {
			f.env.SetTargetWorkerDeploymentVersionChanged(true)
		}
	})
	_, err := f.run(t, input())
	next := continued(t, err)
	requireUpgrade(t, err)
	require.Less(t, next.State.Next, 51)
	require.Empty(t, next.State.Again)

	g := newFake(t, 50)
	g.sent, g.batches = f.sent, f.batches
	report, err := g.run(t, next)
	require.NoError(t, err)
	require.EqualValues(t, 500, report.Activated)
	for batch, times := range g.sent {
		require.Equal(t, 1, times, batch)
	}
}

// TestAHeldValidationContinuesOnTheVersionThatIsCurrent: it only reads, and begins anew.
func TestAHeldValidationContinuesOnTheVersionThatIsCurrent(t *testing.T) {
	f := newFake(t, 1)
	refused := false
	f.trouble = func(step string) error {
		if step != "ReadBackContacts" || refused {
			return nil
		}
		refused = true
		return temporal.NewNonRetryableApplicationError("paused", activities.ErrDestinationPaused, nil, activities.DestinationPause{By: "ann"})
	}
	var connection *activities.Connection
	f.env.OnActivity(connection.AwaitDestination, mock.Anything, mock.Anything).Return(activities.DestinationResult{}, nil).After(24 * time.Hour)
	f.after(time.Hour, func() {
		f.env.SetTargetWorkerDeploymentVersionChanged(true)
		f.env.SignalWorkflow(workflows.Upgrade.Name, workflows.Order{})
	})
	began := f.env.Now()
	f.env.ExecuteWorkflow(workflows.ValidateExport, workflows.ValidateInput{Activation: input().Activation})
	err := f.env.GetWorkflowError()
	requireUpgrade(t, err)
	require.Less(t, f.env.Now().Sub(began), 2*time.Hour)
}

// TestWithoutADeploymentNothingContinues: a stray signal changes nothing.
func TestWithoutADeploymentNothingContinues(t *testing.T) {
	f := newFake(t, 2)
	f.plan.Risks.Overwrites = f.plan.Risks.ToSend
	f.after(time.Hour, func() { f.env.SignalWorkflow(workflows.Upgrade.Name, workflows.Order{}) })
	f.after(2*time.Hour, func() { f.env.SignalWorkflow(workflows.Approve.Name, workflows.Order{}) })
	report, err := f.run(t, input())
	require.NoError(t, err)
	require.EqualValues(t, 20, report.Activated)
}

func requireUpgrade(t *testing.T, err error) {
	t.Helper()
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, err, &next)
	require.EqualValues(t, workflow.ContinueAsNewVersioningBehaviorAutoUpgrade, next.InitialVersioningBehavior)
}
