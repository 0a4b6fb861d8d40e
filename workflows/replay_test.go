package workflows_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"audienceflow/workflows"
)

// Histories recorded from real runs must replay. A failure here means that workers with this code cannot take up runs
// which older ones have begun: keep the old order of steps behind workflow.GetVersion, and record a new history beside
// the old one. Histories are recorded from committed code, never from the code under test:
//
//	go run ./sandbox -data "$(mktemp -d)"     then, in the UI: a workflow > Event History > Download
func TestRecordedHistoriesReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
			require.NoError(t, err)
			replayer.RegisterWorkflow(workflows.ActivateAudience)
			replayer.RegisterWorkflow(workflows.ValidateExport)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}
