package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/inbox"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

var vipStream = inbox.StreamKey{Destination: "dynamics", Audience: "vip"}

// event is a realized membership of the n-th contact.
func event(n int, arrived time.Time) inbox.Event {
	return inbox.Event{StreamKey: vipStream, Version: 1, Arrived: arrived, Record: audience.Record{
		Position: 1, Line: 1, Contact: contact(n), Status: audience.Realized, Time: day(1),
		Values: []audience.Value{{State: audience.ValueText, Text: fmt.Sprintf("é\x01 %d", n)}},
	}}
}

// openStream registers the stream and begins the run of a window.
func openStream(t *testing.T, s *store.Store) {
	t.Helper()
	version, err := s.RegisterStream(t.Context(), vipStream, []byte(`{"a":1}`))
	require.NoError(t, err)
	require.EqualValues(t, 1, version)
	beginWindow(t, s, "window")
}

func beginWindow(t *testing.T, s *store.Store, window string) {
	t.Helper()
	require.NoError(t, s.BeginWindow(t.Context(), runlog.Run{Run: window, WorkflowID: "stream/dynamics/vip", Destination: "dynamics",
		Audience: "vip", Namespace: "ups", MappingID: "vip", Column: "acme_vip"}))
	require.NoError(t, s.SetRunSettings(t.Context(), window, []byte(`{}`)))
}

func receive(t *testing.T, s *store.Store, events ...inbox.Event) (woken bool) {
	t.Helper()
	wake, err := s.Receive(t.Context(), events, nil)
	require.NoError(t, err)
	return len(wake) == 1
}

func claim(t *testing.T, s *store.Store, limit int) inbox.Claim {
	t.Helper()
	c, err := s.ClaimEvents(t.Context(), vipStream, "window", 1, limit)
	require.NoError(t, err)
	return c
}

func TestAStreamIsWokenOnlyWhenItWasClean(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		require.True(t, receive(t, s, event(1, day(9)), event(2, day(9))))
		require.False(t, receive(t, s, event(3, day(9))), "it was woken already")

		first := claim(t, s, 2)
		require.Equal(t, first, claim(t, s, 2), "a micro-batch under way is given again")
		require.False(t, receive(t, s, event(4, day(9))))
		claimed, err := s.ClaimedEvents(t.Context(), vipStream, first.Run, 0, 1_000)
		require.NoError(t, err)
		require.Len(t, claimed, 2)
		require.Equal(t, []int64{1, 2}, []int64{claimed[0].Seq, claimed[1].Seq})
		require.Equal(t, event(1, day(9)), claimed[0].Event)

		stageClaim(t, s, first.Run, claimed, blank(contact(1), contact(2)))
		require.NoError(t, s.SettleEvents(t.Context(), vipStream, first.Run, "window"))
		require.NoError(t, s.SettleEvents(t.Context(), vipStream, first.Run, "window"), "settling again changes nothing")
		state, err := s.Stream(t.Context(), vipStream)
		require.NoError(t, err)
		require.EqualValues(t, 2, state.Backlog)
		require.True(t, state.Dirty)
		require.Equal(t, time.Hour, state.Lag(day(9).Add(time.Hour)))

		rest := drainAll(t, s, blank(contact(3), contact(4)))
		require.EqualValues(t, 2, rest)
		require.True(t, receive(t, s, event(5, day(9))), "a drained stream has to be woken")
		counts, err := s.Counts(t.Context(), "window")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: 4, Activated: 4, ByStatus: runs.ByStatus{Realized: 4}, Reasons: map[string]int64{}}, counts)
	})
}

// stageClaim stages the events of a micro-batch and sends them.
func stageClaim(t *testing.T, s *store.Store, run string, events []inbox.ClaimedEvent, dynamics map[string]before) {
	t.Helper()
	chunk := staging.Chunk{To: events[len(events)-1].Seq}
	for _, e := range events {
		chunk.Rows = append(chunk.Rows, staging.Row{Position: e.Seq, Contact: e.Record.Contact,
			Exited: e.Record.Status == audience.Exited, QualifiedAt: e.Record.Time, AsOf: e.Arrived})
	}
	require.NoError(t, s.Stage(t.Context(), run, chunk))
	require.NoError(t, s.FinishStaging(t.Context(), run))
	plan(t, s, run, vip, dynamics)
	send(t, s, run, vip, dynamics)
}

// drainAll drains until the stream is clean and gives how many events there were.
func drainAll(t *testing.T, s *store.Store, dynamics map[string]before) (total int) {
	t.Helper()
	for {
		c := claim(t, s, 1000)
		if c.Clean() {
			return total
		}
		events, err := s.ClaimedEvents(t.Context(), vipStream, c.Run, 0, 1_000)
		require.NoError(t, err)
		total += len(events)
		stageClaim(t, s, c.Run, events, dynamics)
		require.NoError(t, s.SettleEvents(t.Context(), vipStream, c.Run, "window"))
	}
}

func TestNoWakeUpIsLost(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		const senders, each = 4, 25
		dynamics := map[string]before{}
		for n := range senders * each {
			dynamics[contact(n)] = before{"acme_vip": nil}
		}
		wakes := make(chan struct{}, senders*each)
		errs := make(chan error, senders)
		var sent sync.WaitGroup
		for sender := range senders {
			sent.Add(1)
			go func() {
				defer sent.Done()
				for i := range each {
					wake, err := s.Receive(t.Context(), []inbox.Event{event(sender*each+i, day(9))}, nil)
					if err != nil {
						errs <- err
						return
					}
					if len(wake) > 0 {
						wakes <- struct{}{}
					}
				}
			}()
		}
		go func() { sent.Wait(); close(wakes) }()
		total, woken := 0, 0
		for range wakes {
			woken++
			total += drainAll(t, s, dynamics)
		}
		require.Empty(t, errs)
		require.Equal(t, senders*each, total, "drained by wake-ups alone")
		require.Less(t, woken, senders*each)
		state, err := s.Stream(t.Context(), vipStream)
		require.NoError(t, err)
		require.False(t, state.Dirty)
	})
}

func TestEventsOfAnotherVersionAreAnotherMicroBatch(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		version, err := s.RegisterStream(t.Context(), vipStream, []byte(`{"a":1}`))
		require.NoError(t, err)
		require.EqualValues(t, 1, version, "the same activation keeps its version")
		version, err = s.RegisterStream(t.Context(), vipStream, []byte(`{"a":2}`))
		require.NoError(t, err)
		require.EqualValues(t, 2, version)
		newer := event(2, day(9))
		newer.Version = 2
		receive(t, s, event(1, day(9)), newer, event(3, day(9)))

		first := claim(t, s, 10)
		events, err := s.ClaimedEvents(t.Context(), vipStream, first.Run, 0, 1_000)
		require.NoError(t, err)
		require.Len(t, events, 1)
		stageClaim(t, s, first.Run, events, blank(contact(1)))
		require.NoError(t, s.SettleEvents(t.Context(), vipStream, first.Run, "window"))
		second := claim(t, s, 10)
		require.Equal(t, inbox.Claim{Version: 2}, second, "the window is of version 1")
		text, err := s.StreamActivation(t.Context(), vipStream, 2)
		require.NoError(t, err)
		require.JSONEq(t, `{"a":2}`, string(text))
		_, err = s.RegisterStream(t.Context(), inbox.StreamKey{Destination: "x", Audience: "y"}, nil)
		require.NoError(t, err)
		_, err = s.Receive(t.Context(), []inbox.Event{{StreamKey: inbox.StreamKey{Destination: "no", Audience: "body"}}}, nil)
		require.ErrorIs(t, err, inbox.ErrNoStream)
	})
}

func TestAWindowGathersNumbersAndRejectedRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		for range 2 { // the same contact fails in two micro-batches
			receive(t, s, event(1, day(9)), event(2, day(9)))
			c := claim(t, s, 10)
			events, err := s.ClaimedEvents(t.Context(), vipStream, c.Run, 0, 1_000)
			require.NoError(t, err)
			stageClaim(t, s, c.Run, events, blank(contact(2))) // contact 1 is not in Dynamics
			require.NoError(t, s.SettleEvents(t.Context(), vipStream, c.Run, "window"))
		}
		counts, err := s.Counts(t.Context(), "window")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: 4, Activated: 1, Unchanged: 1, Failed: 2, ByStatus: runs.ByStatus{Realized: 1},
			Reasons: map[string]int64{"contact_not_found": 2}}, counts)
		rejected, err := s.Rejected(t.Context(), "window", staging.RejectedQuery{State: staging.RejectedKept})
		require.NoError(t, err)
		require.Len(t, rejected, 1, "the older failure is superseded")
		require.EqualValues(t, 3, rejected[0].Position)
		failed, err := s.FailedRows(t.Context(), "window", "", 10)
		require.NoError(t, err)
		require.Len(t, failed, 1)
		require.EqualValues(t, 3, failed[0].Position)

		require.NoError(t, s.RestWindow(t.Context(), "window", []byte(`{}`)))
		listed, err := s.Runs(t.Context(), runlog.Filter{})
		require.NoError(t, err)
		require.Len(t, listed, 1, "micro-batches are nobody's runs")
		require.Equal(t, runs.StatusCompleted, listed[0].Status)
	})
}

func TestALargeMicroBatchIsReadAndSettledInRanges(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		const all = 6_000 // more than one range of settling
		events := make([]inbox.Event, all)
		for i := range events {
			events[i] = event(i, day(9))
		}
		receive(t, s, events...)
		c := claim(t, s, all-1)
		var at int64
		for {
			events, err := s.ClaimedEvents(t.Context(), vipStream, c.Run, at, 2_500)
			require.NoError(t, err)
			if len(events) == 0 {
				break
			}
			chunk := staging.Chunk{From: at, To: events[len(events)-1].Seq}
			for _, e := range events {
				chunk.Excluded = append(chunk.Excluded, staging.Excluded{Position: e.Seq, Contact: e.Record.Contact, Reason: runs.ReasonUnknownStatus})
			}
			require.NoError(t, s.Stage(t.Context(), c.Run, chunk))
			at = chunk.To
		}
		require.EqualValues(t, all-1, at)
		require.NoError(t, s.FinishStaging(t.Context(), c.Run))
		require.NoError(t, s.SettleEvents(t.Context(), vipStream, c.Run, "window"))
		counts, err := s.Counts(t.Context(), "window")
		require.NoError(t, err)
		require.EqualValues(t, all-1, counts.Excluded)
		rejected, err := s.Rejected(t.Context(), "window", staging.RejectedQuery{State: staging.RejectedKept, Limit: all})
		require.NoError(t, err)
		require.Equal(t, all-1, len(rejected))
		state, err := s.Stream(t.Context(), vipStream)
		require.NoError(t, err)
		require.EqualValues(t, 1, state.Backlog)
	})
}
