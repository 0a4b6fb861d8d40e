package store_test

import (
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/ledger"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

// ahead is a release that is not there yet.
const ahead = "ahead"

// eachRelease runs a test on the store of each released schema, and of one that is ahead of today's,
// opened by today's code. With -short it takes one of them, and another one for another test.
func eachRelease(t *testing.T, test func(t *testing.T, s *store.Store, release string)) {
	releases := []string{"12", "20", "22", ahead}
	if testing.Short() {
		at := int(crc32.ChecksumIEEE([]byte(t.Name()))) % len(releases)
		releases = releases[at : at+1]
	}
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			onBothEmpty(t, func(t *testing.T, url string) {
				if release == ahead {
					load(t, url, "22")
					require.NoError(t, open(t, url, withNewer()).Close())
				} else {
					load(t, url, release)
				}
				now := &clock{now: day(21)}
				test(t, open(t, url, store.WithClock(now.Now)), release)
			})
		})
	}
}

// load fills an empty database with what a released version has left.
func load(t *testing.T, url, release string) {
	t.Helper()
	kind := "sqlite"
	if !strings.HasPrefix(url, "sqlite:") {
		kind, url = "postgres", url+"&default_query_exec_mode=simple_protocol"
	}
	script, err := os.ReadFile("testdata/released/" + release + "." + kind + ".sql")
	require.NoError(t, err)
	db, _ := database(t, url)
	_, err = db.ExecContext(t.Context(), string(script))
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func TestTheLedgersOfAReleasedStore(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, s *store.Store, _ string) {
		exported, err := s.Exported(t.Context(), "dynamics", "acme_vip", "", 100)
		require.NoError(t, err)
		require.Len(t, exported, 40+3)
		at := slices.IndexFunc(exported, func(e ledger.Exported) bool { return e.Contact == contact(1) })
		require.Equal(t, ledger.Exported{Contact: contact(1), Word: text("realized"), QualifiedAt: day(1), AsOf: day(9),
			Values: []ledger.Value{{Column: "emailaddress1"}, {Column: "firstname", Value: text(`Ann "1" é`)}}}, exported[at])
		counts, err := s.CountExported(t.Context(), "dynamics", "acme_vip")
		require.NoError(t, err)
		require.ElementsMatch(t, []ledger.ExportedCount{{Word: text("realized"), Contacts: 42}, {Word: text("exited"), Exited: true, Contacts: 1}}, counts)
		owner, _, err := s.ColumnOwner(t.Context(), "dynamics", "acme_vip")
		require.NoError(t, err)
		require.Equal(t, "vip", owner)
	})
}

func TestEndedRunsOfAReleasedStore(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, s *store.Store, _ string) {
		counts, err := s.Counts(t.Context(), "done")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: 42, Activated: 40, Failed: 1, Excluded: 1, ByStatus: runs.ByStatus{Realized: 39, Exited: 1},
			Reasons: map[string]int64{"plugin_error": 1, "unknown_status": 1}}, counts)
		rejected, err := s.Rejected(t.Context(), "done", staging.RejectedQuery{})
		require.NoError(t, err)
		require.Len(t, rejected, 2)
		failed := rejected[0]
		require.Equal(t, [5]string{contact(41), "plugin_error", "0x80040265", "No, says Fabrikam", staging.RejectedKept},
			[5]string{failed.Contact, failed.Reason, failed.Code, failed.Text, failed.State})
		require.Equal(t, contact(59), rejected[1].Contact)

		dry, err := s.Counts(t.Context(), "dry")
		require.NoError(t, err)
		require.Equal(t, [2]int64{2, 2}, [2]int64{dry.Received, dry.Pending})
	})
}

// TestARunOfAReleasedStoreGoesOn: one in mid-send recovers what it had in flight, one that waits is
// sent. Where its rows are lost it has ended with its reason, with its numbers, and no step goes on
// as if there were nothing to do.
func TestARunOfAReleasedStoreGoesOn(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, s *store.Store, release string) {
		if release == "12" {
			requireEnded(t, s, "sending", runs.Numbers{Received: 9, Activated: 3, Pending: 6, ByStatus: runs.ByStatus{Realized: 3}, Reasons: map[string]int64{}})
			requireEnded(t, s, "waiting", runs.Numbers{Received: 1, Pending: 1, Reasons: map[string]int64{}})
			return
		}
		ref := store.BatchRef{Run: "sending", Batch: 2}
		taken := take(t, s, ref)
		require.Empty(t, taken.Rows)
		require.Len(t, taken.Recovered, 3)
		require.Zero(t, taken.LeaseLeft)
		_, err := s.FinishBatch(t.Context(), ref, taken.Attempt, store.Booking{Written: taken.Recovered})
		require.NoError(t, err)
		ref.Batch = 3
		taken = take(t, s, ref)
		_, err = s.FinishBatch(t.Context(), ref, taken.Attempt, store.Booking{Written: taken.Rows})
		require.NoError(t, err)
		counts, err := s.Counts(t.Context(), "sending")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: 9, Activated: 9, ByStatus: runs.ByStatus{Realized: 9}, Reasons: map[string]int64{}}, counts)

		require.Len(t, send(t, s, "waiting", vip, blank(contact(2))), 1)
	})
}

func requireEnded(t *testing.T, s *store.Store, run string, want runs.Numbers) {
	t.Helper()
	ctx := t.Context()
	r, err := s.Run(ctx, run)
	require.NoError(t, err)
	require.Equal(t, runs.StatusCanceled, r.Status, "failed would say that nothing was written")
	require.Contains(t, r.Reason, "upgraded")
	require.WithinDuration(t, time.Now(), r.EndedAt, time.Hour, "when the store was upgraded")
	counts, err := s.Counts(ctx, run)
	require.NoError(t, err)
	require.Equal(t, want, counts)
	var over *runlog.RunOver
	_, err = s.TakeBatch(ctx, store.BatchRef{Run: run, Batch: 1}, vip, time.Minute)
	require.ErrorAs(t, err, &over)
	require.ErrorContains(t, err, "start it again")
	_, _, err = s.Plan(ctx, run, vip, 0)
	require.ErrorAs(t, err, &over)
	_, _, err = s.MakeBatches(ctx, run, 3)
	require.ErrorAs(t, err, &over)
	require.ErrorAs(t, s.Stage(ctx, run, staging.Chunk{From: 1, To: 2}), &over)
	require.ErrorAs(t, s.FinishStaging(ctx, run), &over)
}

// TestAStreamOfAReleasedStoreIsDrained: none of its five events is lost, those of a micro-batch
// under way neither.
func TestAStreamOfAReleasedStoreIsDrained(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, s *store.Store, release string) {
		ids := []string{contact(51), contact(52), contact(53), contact(54), contact(56)}
		claimed := claim(t, s, 10)
		if release != "12" { // what was staged, planned and cut is sent
			require.Len(t, send(t, s, claimed.Run, vip, blank(ids...)), 3)
			require.NoError(t, s.SettleEvents(t.Context(), vipStream, claimed.Run, "window"))
		}
		drainAll(t, s, blank(ids...))
		exported, err := s.ExportedByID(t.Context(), "dynamics", "acme_vip", ids)
		require.NoError(t, err)
		require.Len(t, exported, 5)
		counts, err := s.Counts(t.Context(), "window")
		require.NoError(t, err)
		require.Equal(t, [2]int64{5, 5}, [2]int64{counts.Received, counts.Activated})
		state, err := s.Stream(t.Context(), vipStream)
		require.NoError(t, err)
		require.Zero(t, state.Backlog)
		require.False(t, state.Dirty)
		window, err := s.Run(t.Context(), "window")
		require.NoError(t, err)
		require.Equal(t, runs.StatusRunning, window.Status)
		require.Empty(t, window.Error)
	})
}
