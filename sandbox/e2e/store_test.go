package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
	"audienceflow/workflows"
)

// TestARunWhoseStoreIsSpoiledPausesItselfAndSaysWhy: nothing is written any more that no ledger
// would know of.
func TestARunWhoseStoreIsSpoiledPausesItselfAndSaysWhy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(path string) error
		words string
		mend  func(path string) error
	}{
		"overwritten": {spoil: overwrite, words: "restore a backup of the store"},
		"moved away":  {spoil: moveAway, words: "was deleted, or another one was put in its place", mend: moveBack},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{Contacts: 2000, Seed: 31})
			w.set("CONCURRENCY", "2")
			w.set("REQUEST_SIZE", "10")
			w.set("REQUEST_TIMEOUT", "3s") // what a killed worker had taken is free again a quarter of a minute later
			w.set("SERVER_TIMEOUT", "3s")
			w.slow(500)
			path := filepath.Join(w.folder, "store.db")
			c := w.dial()
			worker := w.startWorker()
			contacts := w.contacts()
			file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, contacts))
			require.Equal(t, command.ExitDone, w.starter("activate", "-f", file, "--detach").code)
			eventually(t, "something is written", func() bool { return w.rowsWritten() > 100 })

			require.NoError(t, test.spoil(path))
			var found runs.Report
			eventually(t, "it has paused itself", func() bool {
				found = w.said(c)
				return found.Status == runs.StatusPaused
			})
			require.Contains(t, found.Reason, test.words)
			require.Contains(t, found.Reason, "Then resume the run.")
			require.Less(t, w.rowsWritten(), len(contacts))
			if test.mend == nil {
				return
			}

			worker.kill()
			require.Contains(t, w.starter("store", "check").errOut, "no activation store at")
			late := w.startWorker()
			<-late.ended
			require.Contains(t, late.log.String(), path+"-wal", "what was written last is there")
			require.NoError(t, test.mend(path))
			w.startWorker()
			w.slow(0)
			require.Equal(t, command.ExitDone, w.starter("resume", w.workflowID()).code)
			ended := w.awaitEnd()
			require.Equal(t, runs.StatusCompleted, ended.Status)
			require.EqualValues(t, len(contacts), ended.Activated)
			require.Equal(t, runs.VerdictMatch, ended.Validation.Verdict)
			require.Equal(t, len(contacts), w.rowsWritten(), "each contact once")
		})
	}
}

// said is what the workflow itself says of the run, for which nobody opens the store.
func (w *world) said(c client.Client) (found runs.Report) {
	w.t.Helper()
	value, err := c.QueryWorkflow(w.t.Context(), w.workflowID(), "", workflows.QueryStatus)
	require.NoError(w.t, err)
	require.NoError(w.t, value.Get(&found))
	return found
}

// overwrite leaves a file of the same size that is none of a database's.
func overwrite(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if _, err := file.Write(bytes.Repeat([]byte("x"), int(info.Size()))); err != nil {
		_ = file.Close() // the write has failed already
		return err
	}
	return file.Close()
}

func moveAway(path string) error { return os.Rename(path, path+".away") }
func moveBack(path string) error { return os.Rename(path+".away", path) }
