package command

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/validations"
)

// TestADestinationShowsTheLatestVerdict: a validation that somebody started says more than the run
// before it, and nothing about a run that began after it.
func TestADestinationShowsTheLatestVerdict(t *testing.T) {
	s, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	begin := func(run string, at time.Time) {
		require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: run, WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Kind: runs.KindActivate, StartedAt: at}))
	}
	verdict := func() string {
		found, err := audiencesOf(t.Context(), s, "d")
		require.NoError(t, err)
		require.Len(t, found, 1)
		return found[0].Verdict
	}
	begin("r1", at)
	require.Empty(t, verdict())
	require.NoError(t, s.BeginValidation(t.Context(), validations.Validation{Validation: "v", Destination: "d", Audience: "a", StartedAt: at.Add(time.Minute)}))
	require.NoError(t, s.EndValidation(t.Context(), "v", runs.VerdictMismatch, nil, at.Add(2*time.Minute)))
	require.Equal(t, runs.VerdictMismatch, verdict())
	begin("r2", at.Add(time.Hour))
	require.Empty(t, verdict(), "nothing has judged it yet")
}
