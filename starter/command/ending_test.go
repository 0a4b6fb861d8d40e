package command

import (
	"testing"

	"github.com/stretchr/testify/require"
	failure "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
)

func TestHoweverAWorkflowWasCanceledItsReportSaysSo(t *testing.T) {
	for name, details := range map[string][]any{
		"without details":       nil,
		"a stream's, a text":    {"Await context canceled"},
		"a run's, its report":   {runs.Report{WorkflowID: "stream/dynamics/vip", Kind: runs.KindStream, Destination: "dynamics", Audience: "vip", Status: runs.StatusCanceled}},
		"something else's, two": {1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			payloads, err := converter.GetDefaultDataConverter().ToPayloads(details...)
			require.NoError(t, err)
			ended := temporal.GetDefaultFailureConverter().FailureToError(&failure.Failure{FailureInfo: &failure.Failure_CanceledFailureInfo{
				CanceledFailureInfo: &failure.CanceledFailureInfo{Details: payloads},
			}})
			r, err := reportOf(ended, "stream/dynamics/vip")
			require.NoError(t, err)
			require.Equal(t, runs.StatusCanceled, r.Status)
			require.Equal(t, "vip", r.Audience)
		})
	}
}
