package activities

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/store"
	"audienceflow/store/columns"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

func TestABatchIsUpdatedAndBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 120)
	plan := w.plan(w.activation(w.everyone()...))
	require.Equal(t, 1, plan.Batches)
	out, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 120, out.Activated)
	require.EqualValues(t, 120, out.ByStatus.Realized)
	require.Zero(t, out.Pending)
	w.writtenOnce(w.ids)

	again, err := w.update(1)
	require.NoError(t, err)
	require.Equal(t, out, again, "a batch that is done is not sent again")
	w.writtenOnce(w.ids)
}

func TestRefusedRowsAreListedAndCostTheOthersNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 120)
	bad := []string{w.ids[3], w.ids[77]}
	w.fault(simulator.Fault{Kind: "plugin", IDs: bad})
	w.plan(w.activation(w.everyone()...))
	out, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 118, out.Activated)
	require.EqualValues(t, 2, out.Failed)
	require.Equal(t, map[string]int64{"plugin_error": 2}, out.Reasons)
	rejected, err := w.options.Store.Rejected(t.Context(), testRun, staging.RejectedQuery{})
	require.NoError(t, err)
	require.Len(t, rejected, 2)
	for _, r := range rejected {
		require.Contains(t, bad, r.Contact)
		require.NotEmpty(t, r.Text)
		require.NotZero(t, r.Line)
	}
}

func TestAnAnswerLostAfterTheWorkIsReadBackAndNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 120)
	w.plan(w.activation(w.everyone()...))
	w.fault(simulator.Fault{Kind: "cut-after", Match: "UpdateMultiple", Count: 2})
	out, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 120, out.Activated)
	w.writtenOnce(w.ids)
}

func TestWhatADeadAttemptHasWrittenIsBookedAndOnlyTheRestIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.plan(w.activation(w.everyone()...))
	// An attempt takes the batch, writes a part of it, and dies before it books anything.
	s, err := w.sending.runs.of(t.Context(), testRun)
	require.NoError(t, err)
	dead := &batch{o: w.options, ref: store.BatchRef{Run: testRun, Batch: 1}, settings: s}
	taken, err := w.options.Store.TakeBatch(t.Context(), dead.ref, s.policy(), time.Millisecond)
	require.NoError(t, err)
	var updates []dynamics.Update
	for _, row := range taken.Rows[:40] {
		update, err := updateOf(row, dead.settings.byName())
		require.NoError(t, err)
		updates = append(updates, update)
	}
	_, err = w.options.Destination.Client.Update(t.Context(), updates)
	require.NoError(t, err)

	w.connect()
	out, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 100, out.Activated)
	w.writtenOnce(w.ids)

	var lost *store.LostAttempt
	require.ErrorAs(t, w.options.Store.Book(t.Context(), dead.ref, taken.Attempt, store.Booking{Written: taken.Rows}), &lost, "the dead attempt books nothing any more")
}

func TestABatchThatAnotherHasClearedAwayIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.plan(w.activation(w.everyone()...))
	s, err := w.sending.runs.of(t.Context(), testRun)
	require.NoError(t, err)
	for name, gone := range map[string]store.BatchRef{
		"the batch": {Run: testRun, Batch: 7},
		"the run":   {Run: "expired", Batch: 1},
	} {
		require.NoError(t, clearAway(t.Context(), w.options, store.OpenBatch{BatchRef: gone, Policy: s.policy()}), name)
	}
}

func TestThrottlingComesBackAtTheTimeThatDynamicsNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.plan(w.activation(w.everyone()...))
	w.fault(simulator.Fault{Kind: "code", Code: "0x80072322", Status: 429, Match: "UpdateMultiple", Seconds: 30})
	_, err := w.update(1)
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.False(t, app.NonRetryable())
	require.Equal(t, string(dynamics.Throttled), app.Type())
	require.Empty(t, w.timesWritten())
}

func TestAMissingPrivilegeIsFinalAndGivesTheRowsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.plan(w.activation(w.everyone()...))
	w.fault(simulator.Fault{Kind: "code", Code: "0x80040220", Status: 403, Match: "^(POST|PATCH) "})
	_, err := w.update(1)
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.True(t, app.NonRetryable())
	require.Equal(t, string(dynamics.Forbidden), app.Type())
	counts, err := w.options.Store.Counts(t.Context(), testRun)
	require.NoError(t, err)
	require.EqualValues(t, 10, counts.Pending)
}

func TestErrorsKeepTheirMeaningOnTheirWayIntoTemporal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err   error
		kind  string
		final bool
	}{
		"a taken column":         {&columns.Taken{Column: "acme_vip"}, ErrColumnTaken, true},
		"a changed source":       {&runlog.SourceChanged{}, ErrSourceUnusable, true},
		"a lost attempt":         {&store.LostAttempt{}, ErrAttemptLost, false},
		"an unknown run":         {runlog.ErrNoRun, ErrStore, true},
		"a damaged store":        {fmt.Errorf("count: %w", &sqldb.Damaged{What: "a leaf"}), ErrStore, true},
		"a deleted store":        {&sqldb.Gone{Path: "data/store.db"}, ErrStore, true},
		"a store that is down":   {errors.New("connection refused"), ErrStore, false},
		"a column of wrong type": {&dynamics.ColumnError{Name: "x", Cause: "c", Fix: "f"}, ErrColumnUnusable, true},
	} {
		t.Run(name, func(t *testing.T) {
			var app *temporal.ApplicationError
			require.ErrorAs(t, translate(c.err), &app)
			require.Equal(t, c.kind, app.Type())
			require.Equal(t, c.final, app.NonRetryable())
		})
	}
	require.NoError(t, translate(nil))
}
