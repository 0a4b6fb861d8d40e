package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
	"audienceflow/workflows"
)

// broken is what only a person can mend.
func broken(step string) error {
	return temporal.NewNonRetryableApplicationError(step+": the certificate is not accepted. Renew it", "misconfigured", nil)
}

// Whatever step fails, at whatever call of it: a run that ends as failed has sent nothing, and one
// that has sent anything goes on when it is resumed.
func TestFailedMeansThatNothingWasWritten(t *testing.T) {
	steps := []string{
		"Authenticate", "ResolveColumns", "StageAudience", "PlanRun", "ReadContacts", "UpdateContacts", "RecordRun",
		"BeginValidation", "ReadBackContacts", "EndValidation",
	}
	for _, kind := range []string{runs.KindActivate, runs.KindReplay, runs.KindRepair, runs.KindUnmap} {
		for _, step := range steps {
			for call := 1; call <= 3; call++ {
				if testing.Short() && call != 1 && kind != runs.KindActivate {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s %d", kind, step, call), func(t *testing.T) {
					in := input()
					in.Kind = kind
					f := newFake(t, 20)
					f.toRead = 25_000
					calls, met := 0, false
					f.trouble = func(name string) error {
						if name != step {
							return nil
						}
						if calls++; calls != call {
							return nil
						}
						met = true
						return broken(step)
					}
					for hour := range 3 {
						f.after(time.Duration(hour+1)*time.Hour, func() {
							if r := f.report(t); r.Status == runs.StatusPaused {
								require.True(t, r.NeedsPerson)
								require.Contains(t, r.Reason, step+": the certificate is not accepted. Renew it. Then resume the run.")
								addsUp(t, r)
								f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"})
							}
						})
					}
					report, err := f.run(t, in)
					addsUp(t, report)
					if report.Status == runs.StatusFailed {
						require.Error(t, err)
						require.True(t, met)
						require.Empty(t, f.sent)
						require.Zero(t, report.Activated)
						return
					}
					require.NoError(t, err)
					require.Equal(t, runs.StatusCompleted, report.Status)
					require.Empty(t, report.Reason)
					require.EqualValues(t, 200, report.Activated)
				})
			}
		}
	}
}

// A store that is gone must not keep people from ending a run, nor a pause from being one.
func TestARunThatCannotKeepItsRecordCanBePausedAndCanceled(t *testing.T) {
	f := newFake(t, 20)
	slow(f)
	f.trouble = func(step string) error {
		if step == "RecordRun" {
			return broken(step)
		}
		return nil
	}
	f.after(30*time.Second, func() {
		f.env.SignalWorkflow(workflows.Pause.Name, workflows.Order{Reason: "a look", By: "ann"})
	})
	f.after(time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusPaused, held.Status)
		require.Equal(t, "a look", held.Reason)
		f.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"})
	})
	f.after(3*time.Hour, func() {
		held := f.report(t)
		require.Equal(t, runs.StatusPaused, held.Status, "all is sent, and the record cannot be kept")
		require.Contains(t, held.Reason, "RecordRun")
		require.EqualValues(t, 200, held.Activated)
		f.env.CancelWorkflow()
	})
	report, err := f.run(t, input())
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Equal(t, runs.StatusCanceled, report.Status)
	require.EqualValues(t, 200, report.Activated)
	require.Contains(t, report.Notes, "RecordRun: the certificate is not accepted. Renew it")
}

func TestARunWithNothingToSendFailsWhereItCannotBeReadBack(t *testing.T) {
	f := newFake(t, 0)
	f.trouble = func(step string) error {
		if step == "EndValidation" {
			return broken(step)
		}
		return nil
	}
	report, err := f.run(t, input())
	require.Error(t, err)
	require.Equal(t, runs.StatusFailed, report.Status)
	require.Contains(t, report.Reason, "EndValidation")
}
