package activities

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store/staging"
)

// Bodies follow each other in a stream, and hold records of others. What is rejected is told by its
// place in its own body, also once its micro-batch has become the hour's.
func TestARejectedRowOfAStreamIsToldByItsPlaceInItsBody(t *testing.T) {
	t.Parallel()
	s := newStream(t, 1)
	at := func(position, line int64, r audience.Record) audience.Record {
		r.Position, r.Line = position, line
		return r
	}
	absent := "00000000-0000-4000-8000-0000000000aa"
	nameless := audience.Record{Kind: audience.RecordExcluded, Reason: runs.ReasonMissingContactID}
	s.receive(at(1, 1, streamedProfile(s.ids[0], "Ann", 0, audience.Realized)), at(3, 3, nameless))
	s.receive(at(3, 3, nameless), at(5, 5, streamedProfile(absent, "Bob", 0, audience.Realized)))
	s.receive(at(4, 1, nameless))
	listed := at(2, 1, nameless)
	listed.Listed = true // in one line with its list
	s.receive(listed)
	for !s.step() {
	}
	rejected, err := s.options.Store.Rejected(t.Context(), "window-1", staging.RejectedQuery{})
	require.NoError(t, err)
	var places [][2]int64
	for _, r := range rejected {
		places = append(places, [2]int64{r.Line, r.Record})
	}
	require.Equal(t, [][2]int64{{3, 3}, {3, 3}, {5, 5}, {1, 4}, {2, 2}}, places)
}

// TestAWarningOfAStreamIsToldByItsPlaceInItsBody: it would be a number that goes on for ever.
func TestAWarningOfAStreamIsToldByItsPlaceInItsBody(t *testing.T) {
	t.Parallel()
	s := newStream(t, 3)
	for i, id := range s.ids {
		profile := streamedProfile(id, strings.Repeat("A", 60), 0, audience.Realized)
		profile.Position, profile.Line, profile.Listed = int64(1+i%2), 1, true
		s.receive(profile)
	}
	for !s.step() {
	}
	left, err := s.options.Store.Warnings(t.Context(), "window-1")
	require.NoError(t, err)
	var lines []int64
	for _, w := range left.First {
		lines = append(lines, w.Line)
	}
	require.Equal(t, []int64{1, 2, 1}, lines)
}

// A contact shows the run that it can be looked up by: that of the hour, since its micro-batch is
// gone.
func TestAStreamedContactIsOfTheHoursRun(t *testing.T) {
	t.Parallel()
	s := newStream(t, 2)
	s.change(map[string]any{"contactid": s.ids[1], "acme_vip": "realized", "firstname": "Bob"})
	s.receive(streamedProfile(s.ids[0], "Ann", 0, audience.Realized), streamedProfile(s.ids[1], "Bob", 0, audience.Realized))
	for !s.step() {
	}
	for _, id := range s.ids {
		about, err := s.options.Store.Contact(t.Context(), "dynamics", id)
		require.NoError(t, err)
		require.Len(t, about.Held, 1)
		require.Equal(t, "window-1", about.Held[0].Run)
		require.False(t, about.Held[0].RunStartedAt.IsZero())
	}
}
