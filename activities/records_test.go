package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

// A run whose store was deleted, or set up anew, must not end as if its ledger were there.
func TestARunThatTheStoreDoesNotKnowAnyMoreIsToldSo(t *testing.T) {
	w := newWorld(t, 1)
	report := Report{Run: "gone", Status: StatusCompleted, StoreID: "of another store", Numbers: Numbers{Received: 1, Activated: 1}}
	_, err := do(w, w.records.RecordRun, RecordRunInput{Report: report})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, ErrStore, app.Type())
	require.True(t, app.NonRetryable())
	require.ErrorContains(t, err, "does not know this run")

	report.StoreID, report.Status = "", StatusFailed
	out, err := do(w, w.records.RecordRun, RecordRunInput{Report: report})
	require.NoError(t, err, "it was never opened")
	require.Equal(t, report.Numbers, out.Numbers)
}
