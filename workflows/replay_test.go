package workflows_test

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"audienceflow/workflows"
	"audienceflow/workflows/recorded"
)

const historyFolder = "testdata/histories"

// Histories recorded from real runs must replay. A failure here means that workers with this code
// cannot take up runs which older ones have begun: keep the old order of steps behind
// workflow.GetVersion, and record a new history beside the old one. Histories are recorded from
// committed code, never from the code under test:
//
//	go run ./sandbox/record PATH...     the paths, in package recorded, that the change touches
func TestRecordedHistoriesReplay(t *testing.T) {
	for name, h := range histories(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replayer(t).ReplayWorkflowHistory(nil, h))
		})
	}
}

// A path without a history is one that nobody watches.
func TestEveryPathHasAHistory(t *testing.T) {
	found := map[string]bool{}
	for name, h := range histories(t) {
		path, ok := recorded.Of(name)
		require.True(t, ok, "%s.json is a history of no path in recorded.Paths", name)
		require.NoError(t, path.Check(h))
		found[path.Name] = true
	}
	for _, path := range slices.Concat(recorded.Paths, recorded.Past) {
		require.True(t, found[path.Name], "%s has no history: go run ./sandbox/record %s", path.Name, path.Name)
	}
}

func TestEveryWorkflowHasAHistory(t *testing.T) {
	recordings := map[string]bool{}
	for _, h := range histories(t) {
		recordings[recorded.TypeOf(h)] = true
	}
	names := registeredNames{}
	workflows.Register(&names)
	require.NotEmpty(t, names)
	for _, name := range names {
		require.True(t, recordings[name], "%s is registered and has no history: add its paths to recorded.Paths and to "+
			"sandbox/record, then go run ./sandbox/record", name)
	}
}

// replayer knows the workflows that a worker knows, and by the same names.
func replayer(t *testing.T) worker.WorkflowReplayer {
	t.Helper()
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
	require.NoError(t, err)
	workflows.Register(r)
	return r
}

// histories are all that are kept, by their file names without .json.
func histories(t *testing.T) map[string]*history.History {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(historyFolder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]*history.History{}
	for _, file := range files {
		text, err := os.Open(file)
		require.NoError(t, err)
		h, err := client.HistoryFromJSON(text, client.HistoryJSONOptions{})
		require.NoError(t, err, file)
		require.NoError(t, text.Close())
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = h
	}
	return all
}

// registeredNames takes down the types under which workflows are registered.
type registeredNames []string

func (r *registeredNames) RegisterWorkflow(w any) {
	name := runtime.FuncForPC(reflect.ValueOf(w).Pointer()).Name()
	*r = append(*r, name[strings.LastIndex(name, ".")+1:])
}

func (r *registeredNames) RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions) {
	if o.Name == "" {
		r.RegisterWorkflow(w)
		return
	}
	*r = append(*r, o.Name)
}

func (r *registeredNames) RegisterDynamicWorkflow(any, workflow.DynamicRegisterOptions) {
	*r = append(*r, "a dynamic workflow")
}
