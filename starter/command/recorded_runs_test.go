package command

import (
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

// TestAnUnmappingHidesNoRejectedRows: it has the ledger's rows, and what people ask for is what became of theirs.
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
