package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/staging"
)

// ready plans a run of rows and cuts it into batches of ten.
func ready(t *testing.T, s *store.Store, run string, dynamics map[string]before, rows ...staging.Row) store.BatchRef {
	t.Helper()
	begin(t, s, run, runs.KindActivate, day(9))
	stage(t, s, run, rows...)
	plan(t, s, run, vip, dynamics)
	_, _, err := s.MakeBatches(t.Context(), run, 10)
	require.NoError(t, err)
	return store.BatchRef{Run: run, Batch: 1}
}

func take(t *testing.T, s *store.Store, ref store.BatchRef) *store.Taken {
	t.Helper()
	taken, err := s.TakeBatch(t.Context(), ref, vip, time.Minute)
	require.NoError(t, err)
	return taken
}

func TestTwoRunsWantOneContact(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		now := &clock{now: day(20)}
		s := open(t, url, store.WithClock(now.Now))
		dynamics := blank(contact(1), contact(2))
		older := ready(t, s, "older", dynamics, row(contact(1), day(1), day(8), `{"firstname":"old"}`), row(contact(2), day(1), day(8), `{}`))
		newer := ready(t, s, "newer", dynamics, row(contact(1), day(2), day(9), `{"firstname":"new"}`))

		first := take(t, s, older)
		require.Len(t, first.Rows, 2)
		second := take(t, s, newer)
		require.Empty(t, second.Rows)
		require.Equal(t, 1, second.Deferred)
		require.Len(t, second.Blockers, 1)
		require.Equal(t, older, second.Blockers[0].BatchRef)
		require.Equal(t, time.Minute, second.Blockers[0].LeaseLeft)
		counts, err := s.FinishBatch(t.Context(), newer, second.Attempt, store.Booking{})
		require.NoError(t, err)
		require.Equal(t, left(0, runs.Numbers{Pending: 1}), counts)

		require.NoError(t, s.Book(t.Context(), older, first.Attempt, store.Booking{Written: first.Rows}))
		_, err = s.FinishBatch(t.Context(), older, first.Attempt, store.Booking{})
		require.NoError(t, err)
		again := take(t, s, newer)
		require.Equal(t, []store.Change{{Column: "firstname", Value: text("new")}}, again.Rows[0].Changes)
		require.NoError(t, s.Book(t.Context(), newer, again.Attempt, store.Booking{Written: again.Rows}))
	})
}

func TestOvertakenBetweenPlanningAndTaking(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1))
		older := ready(t, s, "older", dynamics, row(contact(1), day(1), day(8), `{}`))
		ready(t, s, "newer", dynamics, staging.Row{Contact: contact(1), Exited: true, QualifiedAt: day(2), AsOf: day(9)})
		send(t, s, "newer", vip, dynamics)

		taken := take(t, s, older)
		require.Empty(t, taken.Rows)
		require.Equal(t, 1, taken.Superseded)
		counts, err := s.FinishBatch(t.Context(), older, taken.Attempt, store.Booking{})
		require.NoError(t, err)
		require.Equal(t, left(0, runs.Numbers{Superseded: 1}), counts)
		require.True(t, take(t, s, older).Done)
	})
}

func TestCrashAfterTheRequest(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		now := &clock{now: day(20)}
		s := open(t, url, store.WithClock(now.Now))
		ref := ready(t, s, "run", blank(contact(1), contact(2), contact(3)), row(contact(1), day(1), day(9), `{"firstname":"a"}`),
			row(contact(2), day(1), day(9), `{"firstname":"b"}`), row(contact(3), day(1), day(9), `{"firstname":"c"}`))
		dead := take(t, s, ref)
		require.NoError(t, s.Book(t.Context(), ref, dead.Attempt, store.Booking{Written: dead.Rows[:1]})) // the rest is in flight when the worker dies

		open, err := s.OpenBatches(t.Context(), "dynamics", "")
		require.NoError(t, err)
		require.Len(t, open, 1)
		require.Equal(t, vip, open[0].Policy)
		now.now = now.now.Add(20 * time.Second)
		heir := take(t, s, ref)
		require.Equal(t, 40*time.Second, heir.LeaseLeft)
		require.Empty(t, heir.Rows)
		require.Equal(t, changes(dead.Rows[1:]), changes(heir.Recovered))

		lost := &store.LostAttempt{}
		require.ErrorAs(t, s.Book(t.Context(), ref, dead.Attempt, store.Booking{Written: dead.Rows}), &lost)
		require.ErrorAs(t, s.ExtendLease(t.Context(), ref, dead.Attempt, time.Minute), &lost)
		require.ErrorAs(t, s.Book(t.Context(), ref, dead.Attempt, store.Booking{Back: []string{dead.Rows[1].Contact}}), &lost)
		require.NoError(t, s.ExtendLease(t.Context(), ref, heir.Attempt, time.Minute))
		require.NoError(t, s.Book(t.Context(), ref, heir.Attempt, store.Booking{Written: heir.Recovered[:1], Failed: []staging.Failure{
			{Contact: heir.Recovered[1].Contact, Reason: "plugin_error", Code: "0x80040265", Text: "no\x00 \xff", RequestID: "r1"}}}))
		counts, err := s.FinishBatch(t.Context(), ref, heir.Attempt, store.Booking{})
		require.NoError(t, err)
		require.Equal(t, left(0, runs.Numbers{Activated: 2, Failed: 1, ByStatus: runs.ByStatus{Realized: 2}}), counts)
		rejected, err := s.Rejected(t.Context(), "run", staging.RejectedQuery{})
		require.NoError(t, err)
		require.Len(t, rejected, 1)
		require.Equal(t, "plugin_error", rejected[0].Reason)
		require.NotZero(t, rejected[0].Line)
		failed, err := s.FailedRows(t.Context(), "run", "", 10)
		require.NoError(t, err)
		require.Len(t, failed, 1)
	})
}

func TestUnknownOutcomeKeepsTheBatchOpen(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		ref := ready(t, s, "run", blank(contact(1), contact(2)), row(contact(1), day(1), day(9), `{}`), row(contact(2), day(1), day(9), `{}`))
		taken := take(t, s, ref)
		require.NoError(t, s.Book(t.Context(), ref, taken.Attempt, store.Booking{Back: []string{taken.Rows[0].Contact}}))
		counts, err := s.FinishBatch(t.Context(), ref, taken.Attempt, store.Booking{})
		require.NoError(t, err)
		require.Equal(t, left(1, runs.Numbers{Pending: 2}), counts)
		again := take(t, s, ref)
		require.Len(t, again.Rows, 1)
		require.Len(t, again.Recovered, 1)
		require.NotZero(t, again.LeaseUntil)
	})
}

func changes(rows []store.TakenRow) map[string][]store.Change {
	all := map[string][]store.Change{}
	for _, row := range rows {
		all[row.Contact] = row.Changes
	}
	return all
}

func TestRecoveringTakesNothingNew(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		ref := ready(t, s, "run", blank(contact(1), contact(2)), row(contact(1), day(1), day(9), `{}`), row(contact(2), day(1), day(9), `{}`))
		dead := take(t, s, ref)
		require.NoError(t, s.Book(t.Context(), ref, dead.Attempt, store.Booking{Back: []string{contact(2)}}))
		heir, err := s.RecoverBatch(t.Context(), ref, vip, time.Minute)
		require.NoError(t, err)
		require.Empty(t, heir.Rows)
		require.Len(t, heir.Recovered, 1)
		require.NoError(t, s.Book(t.Context(), ref, heir.Attempt, store.Booking{Back: []string{contact(1)}}))
		counts, err := s.FinishBatch(t.Context(), ref, heir.Attempt, store.Booking{})
		require.NoError(t, err)
		require.Equal(t, left(0, runs.Numbers{Pending: 2}), counts)
		open, err := s.OpenBatches(t.Context(), "dynamics", "")
		require.NoError(t, err)
		require.Empty(t, open)
	})
}

// TestPlanningWaitsForWhatIsInFlight: by the ledger the contact has the word already, but somebody
// is about to change it.
func TestPlanningWaitsForWhatIsInFlight(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1))
		ready(t, s, "first", dynamics, row(contact(1), day(1), day(7), `{}`))
		send(t, s, "first", vip, dynamics)
		exit := ready(t, s, "exit", dynamics, staging.Row{Contact: contact(1), Exited: true, QualifiedAt: day(2), AsOf: day(8)})
		flying := take(t, s, exit)
		back := ready(t, s, "back", dynamics, row(contact(1), day(3), day(9), `{}`))
		got, err := s.Counts(t.Context(), "back")
		require.NoError(t, err)
		require.Equal(t, int64(1), got.Pending)
		require.Equal(t, 1, take(t, s, back).Deferred)
		require.NoError(t, s.Book(t.Context(), exit, flying.Attempt, store.Booking{Written: flying.Rows}))
		require.Equal(t, []store.Change{{Column: "acme_vip", Value: text("realized")}}, take(t, s, back).Rows[0].Changes)
	})
}

// left is how an attempt leaves a batch of these numbers.
func left(inFlight int64, n runs.Numbers) store.BatchCounts {
	n.Received = n.Activated + n.Superseded + n.Failed + n.Pending
	n.Reasons = map[string]int64{}
	return store.BatchCounts{Numbers: n, Done: n.Pending == 0, InFlight: inFlight}
}

// A dry run touches no ledger, so that it need not wait for what is in flight: by the ledger as it
// is now, nothing changes.
func TestADryRunDecidesAboutContactsInFlight(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1))
		ready(t, s, "first", dynamics, row(contact(1), day(1), day(8), `{}`))
		send(t, s, "first", vip, dynamics)
		take(t, s, ready(t, s, "second", dynamics, row(contact(1), day(2), day(9), `{"firstname":"new"}`)))

		begin(t, s, "dry", runs.KindPlan, day(9))
		stage(t, s, "dry", row(contact(1), day(3), day(9), `{}`))
		plan(t, s, "dry", vip, dynamics)
		counts, err := s.Counts(t.Context(), "dry")
		require.NoError(t, err)
		require.EqualValues(t, 1, counts.Unchanged)
	})
}
