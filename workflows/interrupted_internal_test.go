package workflows

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/temporal"
)

// A pause tells a step to stop; whatever the step then answers is no reason for a run to pause
// itself.
func TestAStepThatWasToldToStopHasNotFailed(t *testing.T) {
	for state, want := range map[enums.RetryState]bool{
		enums.RETRY_STATE_CANCEL_REQUESTED:         true,
		enums.RETRY_STATE_NON_RETRYABLE_FAILURE:    false,
		enums.RETRY_STATE_MAXIMUM_ATTEMPTS_REACHED: false,
		enums.RETRY_STATE_TIMEOUT:                  false,
	} {
		err := temporal.GetDefaultFailureConverter().FailureToError(&failure.Failure{
			FailureInfo: &failure.Failure_ActivityFailureInfo{ActivityFailureInfo: &failure.ActivityFailureInfo{RetryState: state}},
			Cause: &failure.Failure{Message: "contacts have to be read back",
				FailureInfo: &failure.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failure.ApplicationFailureInfo{}}},
		})
		require.Equal(t, want, toldToStop(err), state)
	}
	require.False(t, toldToStop(errors.New("another")))
}
