package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

func TestAMicroBatchIsGivenBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		require.NoError(t, s.ReleaseStreams(t.Context(), "dynamics"), "nothing is claimed")
		receive(t, s, event(1, day(9)), event(2, day(9)), event(3, day(9)))
		dynamics := blank(contact(1), contact(2), contact(3))
		first := claim(t, s, 2)
		claimed, err := s.ClaimedEvents(t.Context(), vipStream, first.Run, 0, 10)
		require.NoError(t, err)
		chunk := staging.Chunk{To: 2}
		for _, e := range claimed {
			chunk.Rows = append(chunk.Rows, staging.Row{Position: e.Seq, Contact: e.Record.Contact, QualifiedAt: e.Record.Time, AsOf: e.Arrived})
		}
		require.NoError(t, s.Stage(t.Context(), first.Run, chunk))
		require.NoError(t, s.FinishStaging(t.Context(), first.Run))
		plan(t, s, first.Run, vip, dynamics)
		_, _, err = s.MakeBatches(t.Context(), first.Run, 10)
		require.NoError(t, err)
		ref := store.BatchRef{Run: first.Run, Batch: 1}
		taken := take(t, s, ref)

		flying := &store.StillInFlight{}
		require.ErrorAs(t, s.ReleaseStreams(t.Context(), "dynamics"), &flying)
		require.Equal(t, "stream/dynamics/vip", flying.WorkflowID)
		require.Positive(t, flying.Left)
		require.NoError(t, s.ReleaseStreams(t.Context(), "other"), "another destination's")
		require.Equal(t, first, claim(t, s, 2), "it is under way as before")

		require.NoError(t, s.ExtendLease(t.Context(), ref, taken.Attempt, 0))
		for range 2 {
			require.NoError(t, s.ReleaseStreams(t.Context(), "dynamics"))
		}
		ended, err := s.Run(t.Context(), first.Run)
		require.NoError(t, err)
		require.Equal(t, runs.StatusCanceled, ended.Status)
		_, err = s.TakeBatch(t.Context(), ref, vip, time.Minute)
		require.ErrorAs(t, err, new(*runlog.RunOver), "who has it in his hands sends nothing")
		require.NoError(t, s.SettleEvents(t.Context(), vipStream, first.Run, "window"))
		again := claim(t, s, 10)
		require.NotEqual(t, first.Run, again.Run)
		claimed, err = s.ClaimedEvents(t.Context(), vipStream, again.Run, 0, 10)
		require.NoError(t, err)
		require.Len(t, claimed, 3)
		window, err := s.FiniteWorkflows(t.Context(), "dynamics")
		require.NoError(t, err)
		require.Empty(t, window)
	})
}
