package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/columns"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

// owner is the audience that owns the tests' column; "" while it is free.
func owner(t *testing.T, s *store.Store) string {
	t.Helper()
	audience, _, err := s.ColumnOwner(t.Context(), "dynamics", "acme_vip")
	require.NoError(t, err)
	return audience
}

// beginOf begins a run of an audience into the tests' column.
func beginOf(t *testing.T, s *store.Store, run, audience string) {
	t.Helper()
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{
		Run: run, WorkflowID: "activate/dynamics/" + audience, Destination: "dynamics", Audience: audience,
		Namespace: "ups", MappingID: "vip", Column: "acme_vip", Kind: runs.KindActivate,
	}))
	require.NoError(t, s.PinSource(t.Context(), run, run+"@1", day(10)))
}

func TestARunThatEntersNothingLeavesItsColumnFree(t *testing.T) {
	t.Parallel()
	endings := map[string]func(t *testing.T, s *store.Store, run string){
		"begun and failed": func(*testing.T, *store.Store, string) {},
		"no contact found": func(t *testing.T, s *store.Store, run string) {
			stage(t, s, run, row(contact(1), day(9), day(10), `{}`))
			plan(t, s, run, vip, blank())
		},
		"every row refused": func(t *testing.T, s *store.Store, run string) {
			stage(t, s, run, row(contact(1), day(9), day(10), `{}`))
			plan(t, s, run, vip, blank(contact(1)))
			refuseAll(t, s, run)
		},
	}
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		for name, ending := range endings {
			beginOf(t, s, name, "typo")
			ending(t, s, name)
			require.NoError(t, s.EndRun(t.Context(), name, runs.StatusFailed, name, name, nil))
			require.Empty(t, owner(t, s), name)
		}
		beginOf(t, s, "second", "vip")
		stage(t, s, "second", row(contact(1), day(9), day(10), `{}`))
		dynamics := blank(contact(1))
		plan(t, s, "second", vip, dynamics)
		require.Len(t, send(t, s, "second", vip, dynamics), 1, "the right audience may write")
		require.Equal(t, "vip", owner(t, s))
	})
}

func TestTheFirstContactClaimsTheColumn(t *testing.T) {
	t.Parallel()
	claims := map[string]func(t *testing.T, s *store.Store){
		"written": func(t *testing.T, s *store.Store) {
			dynamics := blank(contact(1))
			plan(t, s, "first", vip, dynamics)
			send(t, s, "first", vip, dynamics)
		},
		"found right": func(t *testing.T, s *store.Store) {
			dynamics := blank(contact(1))
			dynamics[contact(1)]["acme_vip"] = text("realized")
			plan(t, s, "first", vip, dynamics)
		},
		"being written": func(t *testing.T, s *store.Store) {
			plan(t, s, "first", vip, blank(contact(1)))
			_, _, err := s.MakeBatches(t.Context(), "first", 3)
			require.NoError(t, err)
			_, err = s.TakeBatch(t.Context(), store.BatchRef{Run: "first", Batch: 1}, vip, time.Minute)
			require.NoError(t, err)
		},
	}
	for name, claim := range claims {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, url string) {
				s := open(t, url)
				beginOf(t, s, "first", "vip")
				stage(t, s, "first", row(contact(1), day(9), day(10), `{}`))
				require.Empty(t, owner(t, s), "staging claims nothing")
				beginOf(t, s, "second", "gold") // both have found the column free
				stage(t, s, "second", row(contact(2), day(9), day(10), `{}`))
				plan(t, s, "second", vip, blank(contact(2)))

				claim(t, s)
				require.Equal(t, "vip", owner(t, s))

				_, _, err := s.MakeBatches(t.Context(), "second", 3)
				require.NoError(t, err)
				_, err = s.TakeBatch(t.Context(), store.BatchRef{Run: "second", Batch: 1}, vip, time.Minute)
				taken := &columns.Taken{}
				require.ErrorAs(t, err, &taken, "what comes later sends nothing")
				require.Equal(t, "vip", taken.Audience)

				require.NoError(t, s.ForgetColumn(t.Context(), "dynamics", "acme_vip"))
				require.Empty(t, owner(t, s), "unmapped")
			})
		})
	}
}

// refuseAll has Dynamics refuse every row of a run.
func refuseAll(t *testing.T, s *store.Store, run string) {
	t.Helper()
	_, _, err := s.MakeBatches(t.Context(), run, 3)
	require.NoError(t, err)
	ref := store.BatchRef{Run: run, Batch: 1}
	taken, err := s.TakeBatch(t.Context(), ref, vip, time.Minute)
	require.NoError(t, err)
	failed := make([]staging.Failure, len(taken.Rows))
	for i, r := range taken.Rows {
		failed[i] = staging.Failure{Contact: r.Contact, Reason: "plugin_error"}
	}
	_, err = s.FinishBatch(t.Context(), ref, taken.Attempt, store.Booking{Failed: failed})
	require.NoError(t, err)
}
