package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/destinations"
	"audienceflow/store/ledger"
	"audienceflow/store/numbers"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

func TestSourceIsPinned(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		begin(t, s, "run", runs.KindActivate, day(9))
		require.NoError(t, s.PinSource(t.Context(), "run", "run@1", day(10)))
		changed := &runlog.SourceChanged{}
		require.ErrorAs(t, s.PinSource(t.Context(), "run", "run@2", day(10)), &changed)
		r, err := s.Run(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, day(9), r.AsOf, "the first one wins")
		require.ErrorIs(t, s.PinSource(t.Context(), "nobody", "x", day(1)), runlog.ErrNoRun)
	})
}

func TestStagingIsIdempotentAndLeavesNoGap(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		begin(t, s, "run", runs.KindActivate, day(9))
		first := staging.Chunk{To: 3, Ignored: 1, Rows: []staging.Row{row(contact(1), day(1), day(9), `{}`)}, Excluded: []staging.Excluded{{Position: 2, Line: 3, Reason: "missing_contact_id"}}}
		require.NoError(t, s.Stage(t.Context(), "run", first))
		require.NoError(t, s.Stage(t.Context(), "run", first))
		require.Error(t, s.Stage(t.Context(), "run", staging.Chunk{From: 4, To: 5}))
		require.Error(t, s.Stage(t.Context(), "run", staging.Chunk{From: 2, To: 5}))
		got, err := s.Counts(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: 2, Pending: 1, Excluded: 1, Ignored: 1, Reasons: map[string]int64{"missing_contact_id": 1}}, got)
		require.NoError(t, s.FinishStaging(t.Context(), "run"))
		require.NoError(t, s.FinishStaging(t.Context(), "run"))
		again, err := s.Counts(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, got, again)
		require.Error(t, s.Stage(t.Context(), "run", staging.Chunk{From: 3, To: 4}), "staging has ended")
		position, done, err := s.StagedPosition(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, int64(3), position)
		require.True(t, done)
	})
}

func TestGuardNumbersAndPreview(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1), contact(2), contact(3))
		dynamics[contact(2)]["acme_vip"] = text("by hand")
		ready(t, s, "first", dynamics, row(contact(1), day(1), day(8), `{"firstname":"Ann"}`), row(contact(2), day(1), day(8), `{}`), row(contact(4), day(1), day(8), `{}`))
		g, err := s.Guard(t.Context(), "first", vip.Destination, vip.StatusColumn)
		require.NoError(t, err)
		require.Equal(t, numbers.GuardNumbers{ToSend: 2, Overwrites: 1}, g)
		counted, err := s.Counts(t.Context(), "first")
		require.NoError(t, err)
		require.Equal(t, map[string]int64{runs.ReasonNotFound: 1}, counted.Reasons)
		preview, bySource, err := s.Preview(t.Context(), "first", 20)
		require.NoError(t, err)
		require.True(t, bySource)
		require.Contains(t, preview, store.PreviewRow{Contact: contact(2), Position: 2, Line: 3, Changes: []store.PreviewChange{
			{Column: "acme_vip", Before: text("by hand"), After: text("realized"), Known: true}}})
		send(t, s, "first", vip, dynamics)

		ready(t, s, "second", dynamics, staging.Row{Contact: contact(1), Exited: true, QualifiedAt: day(2), AsOf: day(9)}, row(contact(3), day(1), day(9), `{}`))
		g, err = s.Guard(t.Context(), "second", vip.Destination, vip.StatusColumn)
		require.NoError(t, err)
		require.Equal(t, numbers.GuardNumbers{ToSend: 2, Exits: 1, Turning: 1, Realized: 2}, g)
		preview, _, err = s.Preview(t.Context(), "second", 20)
		require.NoError(t, err)
		require.Contains(t, preview, store.PreviewRow{Contact: contact(1), Position: 1, Line: 2, Exited: true, Changes: []store.PreviewChange{
			{Column: "acme_vip", Before: text("realized"), After: text("exited"), Known: true}}})
		counts, err := s.CountExported(t.Context(), "dynamics", "acme_vip")
		require.NoError(t, err)
		require.Equal(t, []ledger.ExportedCount{{Word: text("realized"), Contacts: 2}}, counts)
	})
}

// TestThePreviewBeginsWhereTheSourceDoes: whoever compares it with the file looks at its first
// lines.
func TestThePreviewBeginsWhereTheSourceDoes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, store.WithPageRows(3))
		const contacts = 20
		var rows []staging.Row
		dynamics := map[string]before{}
		for n := range contacts {
			dynamics[contact(n+1)] = before{"acme_vip": nil}
			rows = append(rows, row(contact(n+1), day(1), day(8), `{}`)) // their ids are in no order
		}
		ready(t, s, "run", dynamics, rows...)
		for _, wanted := range []int{1, 7, contacts, 2 * contacts} {
			preview, bySource, err := s.Preview(t.Context(), "run", wanted)
			require.NoError(t, err)
			require.True(t, bySource)
			require.Len(t, preview, min(wanted, contacts))
			for i, r := range preview {
				require.EqualValues(t, i+1, r.Position)
				require.Equal(t, contact(i+1), r.Contact)
				require.Len(t, r.Changes, 1)
			}
		}
	})
}

func TestEndPurgeAndExpire(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		now := &clock{now: day(20)}
		s := open(t, url, store.WithClock(now.Now))
		dynamics := blank(contact(1))
		ready(t, s, "run", dynamics, row(contact(1), day(1), day(9), `{}`), row(contact(2), day(1), day(9), `{"firstname":"kept"}`))
		require.Error(t, s.Purge(t.Context(), "run"), "it has not ended")
		send(t, s, "run", vip, dynamics)
		want, err := s.Counts(t.Context(), "run")
		require.NoError(t, err)
		require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusCompleted, "", "", []byte(`{"activated":1}`)))
		require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusFailed, "too late", "", nil))
		require.NoError(t, s.SetRunStatus(t.Context(), "run", runs.StatusPaused, "too late", "me", time.Time{}))
		require.NoError(t, s.Purge(t.Context(), "run"))
		r, err := s.Run(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, runs.StatusCompleted, r.Status)
		require.JSONEq(t, `{"activated":1}`, string(r.Report))
		require.Equal(t, day(20), r.EndedAt)
		got, err := s.Counts(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, want, got)

		failed, err := s.FailedRows(t.Context(), "run", "", 10)
		require.NoError(t, err)
		require.Len(t, failed, 1, "a failed row's values are kept for a replay")
		require.JSONEq(t, `{"firstname":"kept"}`, string(failed[0].Attributes))
		changed, err := s.SetRejectedState(t.Context(), "run", staging.RejectedDismissed, nil)
		require.NoError(t, err)
		require.Equal(t, int64(1), changed)
		failed, err = s.FailedRows(t.Context(), "run", "", 10)
		require.NoError(t, err)
		require.Empty(t, failed)

		gone, err := s.Expire(t.Context(), day(20))
		require.NoError(t, err)
		require.Zero(t, gone)
		gone, err = s.Expire(t.Context(), day(21))
		require.NoError(t, err)
		require.Equal(t, int64(1), gone)
		_, err = s.Run(t.Context(), "run")
		require.ErrorIs(t, err, runlog.ErrNoRun)
		exported, err := s.ExportedByID(t.Context(), "dynamics", "acme_vip", []string{contact(2), contact(1)})
		require.NoError(t, err)
		require.Len(t, exported, 1, "ledgers stay")
		n, err := s.Forget(t.Context(), "dynamics", []string{contact(1)})
		require.NoError(t, err)
		require.Equal(t, int64(1), n)
	})
}

// TestPurgeKeepsWhatIsInFlight: a cancelled run whose worker died can still be recovered.
func TestPurgeKeepsWhatIsInFlight(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		ref := ready(t, s, "run", blank(contact(1), contact(2)), row(contact(1), day(1), day(9), `{}`), row(contact(2), day(1), day(9), `{}`))
		dead := take(t, s, ref)
		require.NoError(t, s.Book(t.Context(), ref, dead.Attempt, store.Booking{Back: []string{contact(2)}}))
		require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusCanceled, "", "", nil))
		require.NoError(t, s.Purge(t.Context(), "run"))
		gone, err := s.Expire(t.Context(), time.Now().Add(time.Hour))
		require.NoError(t, err)
		require.Zero(t, gone)
		heir, err := s.RecoverBatch(t.Context(), ref, vip, time.Minute)
		require.NoError(t, err)
		require.Equal(t, []string{contact(1)}, []string{heir.Recovered[0].Contact})
		require.Empty(t, heir.Rows)
		require.NoError(t, s.Book(t.Context(), ref, heir.Attempt, store.Booking{Written: heir.Recovered}))
		for range 2 { // before and after its rows are gone
			counts, err := s.Counts(t.Context(), "run")
			require.NoError(t, err)
			require.Equal(t, []int64{2, 1, 1}, []int64{counts.Received, counts.Activated, counts.Pending}, "what is booked late counts, too")
			_, err = s.Expire(t.Context(), day(1))
			require.NoError(t, err)
		}
		exported, _, err := s.ExportedOfRun(t.Context(), "run", "dynamics", "acme_vip", 0, 1000, 10)
		require.NoError(t, err)
		require.Empty(t, exported, "its rows are purged once nothing is in flight")
	})
}

func TestWordsThatTheRowChooses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		dynamics := blank(contact(1), contact(2))
		ready(t, s, "first", dynamics, row(contact(1), day(1), day(8), `{"firstname":"Ann"}`), row(contact(2), day(1), day(8), `{}`))
		send(t, s, "first", vip, dynamics)
		full := vip
		full.Full = true
		clearing := row(contact(1), day(1), day(8), `{}`)
		clearing.WordMode = staging.WordSet
		values := row(contact(2), day(1), day(8), `{"emailaddress1":"b@example.com"}`)
		values.WordMode = staging.WordLeave
		begin(t, s, "second", runs.KindRepair, day(9))
		stage(t, s, "second", clearing, values)
		plan(t, s, "second", full, dynamics)
		require.Equal(t, map[string][]store.Change{
			contact(1): {{Column: "acme_vip"}},
			contact(2): {{Column: "emailaddress1", Value: text("b@example.com")}},
		}, send(t, s, "second", full, dynamics))
	})
}

func TestDestinationPause(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		got, err := s.DestinationPaused(t.Context(), "dynamics")
		require.NoError(t, err)
		require.False(t, got.Paused)
		want := destinations.Pause{Destination: "dynamics", Paused: true, Reason: "maintenance", By: "ops", Since: day(3)}
		require.NoError(t, s.SetDestinationPaused(t.Context(), want))
		got, err = s.DestinationPaused(t.Context(), "dynamics")
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// TestAPauseThatIsOverGivesWayToTheNext: nobody may have been there to lift it.
func TestAPauseThatIsOverGivesWayToTheNext(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		now := &clock{now: day(3)}
		s := open(t, url, store.WithClock(now.Now))
		first := destinations.Pause{Destination: "dynamics", Paused: true, By: "ann", Since: day(3), Until: day(4)}
		second := destinations.Pause{Destination: "dynamics", Paused: true, By: "bob", Since: day(4)}
		for at, want := range map[time.Time]destinations.Pause{day(3): first, day(4): second} {
			require.NoError(t, s.SetDestinationPaused(t.Context(), destinations.Pause{Destination: "dynamics"}))
			require.NoError(t, s.SetDestinationPaused(t.Context(), first))
			now.now = at
			require.NoError(t, s.SetDestinationPaused(t.Context(), second))
			got, err := s.DestinationPaused(t.Context(), "dynamics")
			require.NoError(t, err)
			require.Equal(t, want, got)
			now.now = day(3)
			require.NoError(t, s.SetDestinationPaused(t.Context(), destinations.Pause{Destination: "dynamics"}))
		}
	})
}

// TestAPauseIsSetAnew: another time takes the place of the one that is in force, and not of the
// word that it is over.
func TestAPauseIsSetAnew(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url, store.WithClock((&clock{now: day(3)}).Now))
		first := destinations.Pause{Destination: "dynamics", Paused: true, By: "ann", Since: day(2), Until: day(4)}
		later := first
		later.By, later.Until = "bob", day(8)
		set := func(p destinations.Pause, anew bool) {
			p.Anew = anew
			require.NoError(t, s.SetDestinationPaused(t.Context(), p))
		}
		is := func(want destinations.Pause) {
			got, err := s.DestinationPaused(t.Context(), "dynamics")
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		set(first, false)
		set(later, false)
		is(first)
		set(later, true)
		is(later)
		set(first, false)
		is(later)
		over := destinations.Pause{Destination: "dynamics", Since: day(3)}
		set(over, false)
		set(later, true)
		is(over)
	})
}

func TestRunsNewestFirst(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		now := &clock{now: day(1)}
		s := open(t, url, store.WithClock(now.Now))
		for _, run := range []string{"a", "b", "c"} {
			begin(t, s, run, runs.KindActivate, day(9))
			now.now = now.now.Add(time.Hour)
		}
		require.NoError(t, s.EndRun(t.Context(), "b", runs.StatusFailed, "", "why", nil))
		listed, err := s.Runs(t.Context(), runlog.Filter{Destination: "dynamics", Audience: "vip", Open: true})
		require.NoError(t, err)
		require.Equal(t, []string{"c", "a"}, []string{listed[0].Run, listed[1].Run})
		listed, err = s.Runs(t.Context(), runlog.Filter{Statuses: []string{runs.StatusFailed}, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, "why", listed[0].Error)
		listed, err = s.Runs(t.Context(), runlog.Filter{Before: listed[0].StartedAt})
		require.NoError(t, err)
		require.Len(t, listed, 1)
	})
}

// TestManyAttemptsSortOneSource: attempts that believe each other dead put the same rows into order
// at the same time.
func TestManyAttemptsSortOneSource(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		begin(t, s, "run", runs.KindActivate, day(9))
		const rows, chunk = 12000, 3000
		for from := 0; from < rows; from += chunk {
			c := staging.Chunk{From: int64(from), To: int64(from + chunk)}
			for i := range chunk {
				c.Rows = append(c.Rows, staging.Row{Position: int64(from + i + 1), Contact: contact((from + i) % 9000), QualifiedAt: day(1), AsOf: day(9)})
			}
			require.NoError(t, s.Stage(t.Context(), "run", c))
		}
		var group errgroup.Group
		for range 3 {
			group.Go(func() error { return s.FinishStaging(t.Context(), "run") })
		}
		require.NoError(t, group.Wait())
		got, err := s.Counts(t.Context(), "run")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: rows, Pending: 9000, Superseded: 3000, Duplicates: 3000, Reasons: map[string]int64{}}, got)
	})
}

// An attempt to pause that was given up, and comes to its end after the destination was resumed,
// pauses nothing: nobody would lift it.
func TestALateWordAboutADestinationChangesNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		say := func(paused bool, at time.Time) bool {
			require.NoError(t, s.SetDestinationPaused(t.Context(), destinations.Pause{Destination: "dynamics", Paused: paused, Since: at}))
			is, err := s.DestinationPaused(t.Context(), "dynamics")
			require.NoError(t, err)
			return is.Paused
		}
		require.True(t, say(true, day(1)))
		require.False(t, say(false, day(2)))
		require.False(t, say(true, day(1)), "by the attempt that was given up")
		require.True(t, say(true, day(3)))
		require.True(t, say(false, day(2)), "by an attempt to resume")
		require.False(t, say(false, day(4)))
	})
}
