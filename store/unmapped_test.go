package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store/inbox"
)

// TestBodiesOfNoAudienceAreCountedBySender counts, counts on, and forgets who has long sent
// nothing.
func TestBodiesOfNoAudienceAreCountedBySender(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		count := func(list ...runs.UnmappedBodies) { require.NoError(t, s.CountUnmapped(t.Context(), list)) }
		unmapped := func(destination string) []runs.UnmappedBodies {
			all, err := s.Unmapped(t.Context(), destination)
			require.NoError(t, err)
			return all
		}
		require.Empty(t, unmapped("emea"))

		aep := runs.UnmappedBodies{Destination: "emea", Sender: "aep", Bodies: 1, Profiles: 3, First: day(1), Last: day(2)}
		shop := runs.UnmappedBodies{Destination: "emea", Sender: "Shöp", Bodies: 2, Profiles: 2, First: day(1), Last: day(1)}
		other := runs.UnmappedBodies{Destination: "us", Sender: "aep", Bodies: 7, Profiles: 7, First: day(3), Last: day(3)}
		count(aep, shop, other)
		require.ElementsMatch(t, []runs.UnmappedBodies{aep, shop}, unmapped("emea"))

		count(runs.UnmappedBodies{Destination: "emea", Sender: "aep", Bodies: 10, Profiles: 1 << 40, First: day(4), Last: day(5)})
		count()
		aep.Bodies, aep.Profiles, aep.Last = 11, 3+1<<40, day(5)
		require.ElementsMatch(t, []runs.UnmappedBodies{aep, shop}, unmapped("emea"))
		require.Equal(t, []runs.UnmappedBodies{other}, unmapped("us"))

		require.NoError(t, s.ExpireUnmapped(t.Context(), day(1).Add(time.Microsecond)))
		require.Equal(t, []runs.UnmappedBodies{aep}, unmapped("emea"), "whoever sent again stays, with the first time")
		count(shop)
		require.ElementsMatch(t, []runs.UnmappedBodies{aep, shop}, unmapped("emea"), "a sender that was forgotten begins anew")
	})
}

// TestAStreamHasTheNotesThatWereKeptLast, and none of another stream.
func TestAStreamHasTheNotesThatWereKeptLast(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		vip, gold := inbox.StreamKey{Destination: "emea", Audience: "vip"}, inbox.StreamKey{Destination: "emea", Audience: "gold"}
		for _, key := range []inbox.StreamKey{vip, gold} {
			_, err := s.RegisterStream(t.Context(), key, []byte("{}"))
			require.NoError(t, err)
		}
		notes := func(key inbox.StreamKey) string {
			state, err := s.Stream(t.Context(), key)
			require.NoError(t, err)
			return state.Notes
		}
		require.NoError(t, s.NoteStream(t.Context(), vip, "mapping a: nothing has it\nmapping b: nothing has it"))
		require.Equal(t, "mapping a: nothing has it\nmapping b: nothing has it", notes(vip))
		require.Empty(t, notes(gold))
		require.NoError(t, s.NoteStream(t.Context(), vip, ""))
		require.Empty(t, notes(vip))
	})
}
