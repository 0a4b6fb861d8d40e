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
	"audienceflow/runs"
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

// dieSending lets an attempt take the run's first batch, write so many rows of it, and die before it
// books anything. Its lease is over then.
func (w *world) dieSending(rows int) (*batch, *store.Taken) {
	w.t.Helper()
	s, err := w.sending.runs.of(w.t.Context(), testRun)
	require.NoError(w.t, err)
	dead := &batch{o: w.options, ref: store.BatchRef{Run: testRun, Batch: 1}, settings: s}
	taken, err := w.options.Store.TakeBatch(w.t.Context(), dead.ref, s.policy(), time.Millisecond)
	require.NoError(w.t, err)
	var updates []dynamics.Update
	for _, row := range taken.Rows[:rows] {
		update, err := updateOf(row, dead.settings.byName())
		require.NoError(w.t, err)
		updates = append(updates, update)
	}
	_, err = w.options.Destination.Client.Update(w.t.Context(), updates)
	require.NoError(w.t, err)
	w.connect()
	return dead, taken
}

func TestWhatADeadAttemptHasWrittenIsBookedAndOnlyTheRestIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	w.plan(w.activation(w.everyone()...))
	dead, taken := w.dieSending(40)

	out, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 100, out.Activated)
	w.writtenOnce(w.ids)

	var lost *store.LostAttempt
	require.ErrorAs(t, w.options.Store.Book(t.Context(), dead.ref, taken.Attempt, store.Booking{Written: taken.Rows}), &lost, "the dead attempt books nothing any more")
}

// TestTheRunPlannedNextBooksWhatADeadAttemptHasWritten: its plan finds in the ledger what is in
// Dynamics, and the rest is still the dead attempt's run's to send.
func TestTheRunPlannedNextBooksWhatADeadAttemptHasWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	a := w.activation(w.everyone()...)
	w.plan(a)
	w.dieSending(40)

	next := w.planAs(ResolveColumnsInput{Run: "next", Kind: runs.KindActivate, Activation: a})
	require.EqualValues(t, 60, next.Risks.ToSend)
	numbers, err := w.options.Store.Counts(t.Context(), testRun)
	require.NoError(t, err)
	require.EqualValues(t, 40, numbers.Activated)
	require.EqualValues(t, 60, numbers.Pending)
	_, err = do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: "next", Batch: 1})
	require.NoError(t, err)
	w.writtenOnce(w.ids)
}

// TestABatchThatWantsTheContactsOfADeadAttemptBooksThemFirst: it was planned before, and meets them
// in flight. (Mapped values that it has read before would be sent once more, see decideValues.)
func TestABatchThatWantsTheContactsOfADeadAttemptBooksThemFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 100)
	var lines []string
	for _, id := range w.ids {
		lines = append(lines, id+",,realized")
	}
	a := w.activation(lines...)
	w.plan(a)
	w.planAs(ResolveColumnsInput{Run: "other", Kind: runs.KindActivate, Activation: a})
	w.dieSending(40)

	_, err := do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: "other", Batch: 1})
	var app *temporal.ApplicationError
	require.ErrorAs(t, err, &app)
	require.Equal(t, ErrContactsInFlight, app.Type())
	require.False(t, app.NonRetryable())
	numbers, err := w.options.Store.Counts(t.Context(), testRun)
	require.NoError(t, err)
	require.EqualValues(t, 40, numbers.Activated, "what is in Dynamics is booked for the run that has sent it")
	out, err := do(w, w.sending.UpdateContacts, UpdateContactsInput{Run: "other", Batch: 1})
	require.NoError(t, err)
	require.EqualValues(t, 60, out.Activated)
	w.writtenOnce(w.ids)
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
