package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"audienceflow/workflows"
	"audienceflow/workflows/recorded"
)

func TestEveryPathIsTakenByOneScenario(t *testing.T) {
	taken := map[string]int{}
	for _, s := range scenarios {
		for _, path := range strings.Fields(s.paths) {
			taken[path]++
		}
	}
	for _, path := range recorded.Paths {
		require.Equal(t, 1, taken[path.Name], path.Name)
		delete(taken, path.Name)
	}
	require.Empty(t, taken, "paths that recorded.Paths does not list")
}

// One path of each workflow, so that the recorder is known to work when somebody needs it.
func TestWhatIsRecordedReplaysAndIsNeverOverwritten(t *testing.T) {
	folder := t.TempDir()
	paths := []string{
		"activate-completed", "validate-match", "stream-idle", "hold-nothing-to-lift", "scheduled-validation",
		"check-completed",
	}
	args := append([]string{"-folder", folder}, paths...)
	require.NoError(t, run(t.Context(), args, io.Discard, io.Discard))
	require.NoError(t, run(t.Context(), []string{"-folder", folder, "check-completed"}, io.Discard, io.Discard))
	for _, name := range append(paths, "check-completed-2") {
		r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
		require.NoError(t, err)
		workflows.Register(r)
		file := filepath.Join(folder, name+".json")
		require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		host, err := os.Hostname()
		require.NoError(t, err)
		require.NotContains(t, string(text), `"`+host, "what is recorded does not tell where")
	}
	var list bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-folder", folder, "-list"}, &list, io.Discard))
	require.Contains(t, list.String(), "check-completed check-completed-2")
}

func TestAPathThatThereIsNotIsNamed(t *testing.T) {
	err := run(t.Context(), []string{"-folder", t.TempDir(), "activate-compleated"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "activate-compleated")
	err = run(t.Context(), []string{"-folder", filepath.Join(t.TempDir(), "absent")}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "-folder")
}
