package activities

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
	"audienceflow/store"
)

// A run whose store was deleted, or set up anew, must not end as if its ledger were there.
func TestARunThatTheStoreDoesNotKnowAnyMoreIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	report := runs.Report{Run: "gone", Status: runs.StatusCompleted, StoreID: "of another store", Numbers: runs.Numbers{Received: 1, Activated: 1}}
	_, err := do(w, w.records.RecordRun, RecordRunInput{Report: report})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, ErrStore, app.Type())
	require.False(t, app.NonRetryable(), "not before it has looked again, see lookAgain")
	require.ErrorContains(t, err, "does not know this run")

	report.StoreID, report.Status = "", runs.StatusFailed
	out, err := do(w, w.records.RecordRun, RecordRunInput{Report: report})
	require.NoError(t, err, "it was never opened")
	require.Equal(t, report.Numbers, out.Numbers)
}

// A run that is canceled while its first step is at work has not heard that the store knows it.
func TestARunThatWasCanceledBeforeItKnewItsStoreIsEndedThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	_, err := do(w, w.connection.ResolveColumns, ResolveColumnsInput{
		Run: testRun, Kind: runs.KindActivate, WorkflowID: "activate/dynamics/vip", Activation: w.activation(w.everyone()...), Now: time.Now(),
	})
	require.NoError(t, err)
	_, err = do(w, w.records.RecordRun, RecordRunInput{Report: runs.Report{Run: testRun, Kind: runs.KindActivate, Status: runs.StatusCanceled, Reason: "canceled"}})
	require.NoError(t, err)
	run, err := w.options.Store.Run(t.Context(), testRun)
	require.NoError(t, err)
	require.Equal(t, runs.StatusCanceled, run.Status)
}

// Each step tells at once of a store that was deleted: what it wrote to it nobody would find.
func TestStepsAreFinalOnAStoreThatWasDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	path := NewStore(t)
	kept, err := store.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	w.options.Store = kept
	w.connect()
	w.plan(w.activation(w.everyone()...))
	require.NoError(t, os.Remove(path))

	final := func(err error) {
		t.Helper()
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.Equal(t, ErrStore, app.Type())
		require.True(t, app.NonRetryable())
		require.ErrorContains(t, err, "was deleted")
	}
	_, err = w.update(1)
	final(err)
	require.Empty(t, w.timesWritten())
	_, err = do(w, w.records.RecordRun, RecordRunInput{Report: runs.Report{Run: testRun, Status: runs.StatusCompleted, StoreID: kept.ID()}})
	final(err)
}
