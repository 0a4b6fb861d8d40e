package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
)

// A run that was asked to end has been canceled, whatever the step under way came to: failed would
// say that nothing was written, and that somebody has to mend something.
func TestACanceledRunIsCanceledWhateverItsStepComesTo(t *testing.T) {
	steps := []string{
		"Authenticate", "ResolveColumns", "StageAudience", "PlanRun", "ReadContacts", "UpdateContacts",
		"BeginValidation", "ReadBackContacts", "EndValidation",
	}
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			f := newFake(t, 20)
			f.toRead = 25_000
			met := false
			f.trouble = func(name string) error {
				if name != step || met {
					return nil
				}
				met = true
				f.env.CancelWorkflow()
				return broken(step)
			}
			report, err := f.run(t, input())
			require.True(t, met)
			require.True(t, temporal.IsCanceledError(err), "%v", err)
			require.Equal(t, runs.StatusCanceled, report.Status)
			addsUp(t, report)
		})
	}
}
