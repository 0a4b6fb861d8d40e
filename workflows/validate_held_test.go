package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// TestAValidationSaysThatItsDestinationIsPaused: it must not look as if it were running.
func TestAValidationSaysThatItsDestinationIsPaused(t *testing.T) {
	f := newFake(t, 1)
	pause := activities.DestinationPause{Reason: "month end", By: "ann", Since: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	refused := false
	f.trouble = func(step string) error {
		if step != "ReadBackContacts" || refused {
			return nil
		}
		refused = true
		return temporal.NewNonRetryableApplicationError("paused", activities.ErrDestinationPaused, nil, pause)
	}
	var connection *activities.Connection
	f.env.OnActivity(connection.AwaitDestination, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.DestinationInput) (activities.DestinationResult, error) {
			return activities.DestinationResult{}, nil
		}).After(2 * time.Hour)
	var statuses []string
	f.env.OnUpsertTypedSearchAttributes(mock.MatchedBy(func(set temporal.SearchAttributes) bool {
		status, _ := set.GetKeyword(workflows.SearchStatus)
		statuses = append(statuses, status)
		return true
	})).Return(nil)
	at := func() (r runs.Report) {
		value, err := f.env.QueryWorkflow(workflows.QueryReport)
		require.NoError(t, err)
		require.NoError(t, value.Get(&r))
		return r
	}
	var held runs.Report
	f.after(time.Hour, func() { held = at() })
	f.env.ExecuteWorkflow(workflows.ValidateExport, workflows.ValidateInput{Activation: input().Activation, SearchAttributes: true})
	require.NoError(t, f.env.GetWorkflowError())
	require.Equal(t, runs.StatusPaused, held.Status)
	require.Equal(t, "ann", held.By)
	require.Equal(t, pause.Since, *held.Since)
	require.Contains(t, held.Reason, "month end")
	require.True(t, held.DestinationPaused)
	last := at()
	require.Equal(t, runs.StatusRunning, last.Status)
	require.Empty(t, last.Reason+last.By)
	require.EqualValues(t, 30, last.Progress.Done)
	require.Contains(t, statuses, runs.StatusPaused)
	require.Equal(t, runs.StatusCompleted, statuses[len(statuses)-1])
}
