package command

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

func TestARunThatFailedBeforeItTookRowsHidesNone(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	t.Setenv("STORE_URL", url)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	began := time.Now().Add(-time.Hour)
	for i, run := range []runlog.Run{{Run: "first", Kind: runs.KindActivate}, {Run: "slip", Kind: runs.KindReplay}, {Run: "slip-again", Kind: runs.KindReplay}} {
		run.WorkflowID, run.Destination, run.Audience, run.StartedAt = "activate/d/a", "d", "a", began.Add(time.Duration(i)*time.Minute)
		require.NoError(t, s.BeginRun(t.Context(), run))
		if run.Run == "first" {
			require.NoError(t, s.Stage(t.Context(), "first", staging.Chunk{To: 1, Excluded: []staging.Excluded{{Position: 1, Line: 7, Reason: "invalid_contact_id"}}}))
		}
		if run.Run == "slip" { // a correction of a line that is not kept shows only after rows were staged
			row := staging.Row{Contact: "0928bcb4-bb27-ed11-9db1-002248274ada", Position: 2, Line: 8}
			require.NoError(t, s.Stage(t.Context(), "slip", staging.Chunk{To: 1, Rows: []staging.Row{row}}))
		}
		require.NoError(t, s.EndRun(t.Context(), run.Run, runs.StatusFailed, "unknown column", "unknown column", nil))
	}
	require.NoError(t, s.Close())

	code, out, errOut := call(t, "rejected", "activate/d/a")
	require.Equal(t, ExitDone, code)
	require.Contains(t, out, "invalid_contact_id")
	require.Contains(t, errOut, "meant is run first: it has rows to show, later ones (2 runs)")
	_, out, errOut = call(t, "rejected", "slip")
	require.Contains(t, out, "no row of run slip was rejected", "of a run id, that run is meant")
	require.Contains(t, errOut, "unknown column", "why there is none")
}

// TestAnUnmappingHidesNoRejectedRows: it has the ledger's rows, and what people ask for is what
// became of theirs.
func TestAnUnmappingHidesNoRejectedRows(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	t.Setenv("STORE_URL", url)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	began := time.Now().Add(-time.Hour)
	for i, run := range []runlog.Run{{Run: "first", Kind: runs.KindActivate}, {Run: "gone", Kind: runs.KindUnmap}} {
		run.WorkflowID, run.Destination, run.Audience, run.StartedAt = "activate/d/a", "d", "a", began.Add(time.Duration(i)*time.Minute)
		require.NoError(t, s.BeginRun(t.Context(), run))
		chunk := staging.Chunk{To: 1, Excluded: []staging.Excluded{{Position: 1, Line: 7, Reason: "invalid_contact_id"}}}
		if run.Kind == runs.KindUnmap {
			chunk = staging.Chunk{To: 1, Rows: []staging.Row{
				{Contact: "0928bcb4-bb27-ed11-9db1-002248274ada", Position: 1, Line: 1}, {Contact: "0928bcb4-bb27-ed11-9db1-002248274ada", Position: 2, Line: 2},
			}}
		}
		require.NoError(t, s.Stage(t.Context(), run.Run, chunk))
		require.NoError(t, s.EndRun(t.Context(), run.Run, runs.StatusCompleted, "", "", nil))
	}
	require.NoError(t, s.Close())
	code, out, _ := call(t, "rejected", "activate/d/a")
	require.Equal(t, ExitDone, code)
	require.Contains(t, out, "invalid_contact_id")
}

// TestRowsThatAnotherHasBookedForACanceledRunAreShown: its report was made before that.
func TestRowsThatAnotherHasBookedForACanceledRunAreShown(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	p := store.Policy{Destination: "d", StatusColumn: "acme_a", RealizedWord: "realized", ExitedWord: "exited"}
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "run", WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Column: "acme_a"}))
	require.NoError(t, s.PinSource(t.Context(), "run", "1", time.Now()))
	row := staging.Row{Contact: "0928bcb4-bb27-ed11-9db1-002248274ada", Position: 1, Line: 1, Attributes: []byte(`{}`)}
	require.NoError(t, s.Stage(t.Context(), "run", staging.Chunk{To: 1, Rows: []staging.Row{row}}))
	require.NoError(t, s.FinishStaging(t.Context(), "run"))
	_, _, err = s.Plan(t.Context(), "run", p, 0)
	require.NoError(t, err)
	asked, err := s.ToRead(t.Context(), "run", 0, 10, 10)
	require.NoError(t, err)
	require.NoError(t, s.PlanRead(t.Context(), "run", p, asked, store.Found{Columns: []string{"acme_a"}, Contacts: map[string][]*string{row.Contact: {nil}}}))
	_, _, err = s.MakeBatches(t.Context(), "run", 1)
	require.NoError(t, err)
	ref := store.BatchRef{Run: "run", Batch: 1}
	taken, err := s.TakeBatch(t.Context(), ref, p, time.Minute)
	require.NoError(t, err)

	counted, err := s.Counts(t.Context(), "run")
	require.NoError(t, err)
	require.EqualValues(t, 1, counted.Pending)
	told, err := json.Marshal(runs.Report{Run: "run", Kind: runs.KindActivate, Status: runs.StatusCanceled, Numbers: counted})
	require.NoError(t, err)
	require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusCanceled, "canceled", "", told))
	require.NoError(t, s.Book(t.Context(), ref, taken.Attempt, store.Booking{Written: taken.Rows}))
	require.NoError(t, s.Close())

	a := &App{StoreURL: url}
	for _, id := range []string{"run", "activate/d/a"} {
		reports, err := a.recorded(t.Context(), id)
		require.NoError(t, err)
		require.Len(t, reports, 1)
		require.EqualValues(t, 1, reports[0].Activated, id)
		require.Zero(t, reports[0].Pending, id)
	}
}
