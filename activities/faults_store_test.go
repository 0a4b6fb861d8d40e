package activities_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/audience/activation"
	"audienceflow/runs"
	"audienceflow/store"
)

// untilLooked is longer than the time between two looks at a store's file.
const untilLooked = time.Minute

// TestARunWhoseStoreIsSpoiledPausesItselfAndSaysWhy spoils the store between two requests that
// write: what would be written then, no ledger would know of.
func TestARunWhoseStoreIsSpoiledPausesItselfAndSaysWhy(t *testing.T) {
	t.Parallel()
	t.Run("moved away and put back", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			tr, path := newSpoiled(t, func(path string) error { return os.Rename(path, path+".away") })
			tr.repair = func() error {
				err := os.Rename(path+".away", path)
				time.Sleep(untilLooked)
				return err
			}
			report, err := tr.activate(tr.vip())
			require.NoError(t, err)
			require.NoError(t, tr.trouble)
			require.Contains(t, tr.paused, "was deleted, or another one was put in its place")
			require.Contains(t, tr.paused, "Then resume the run.")
			require.Equal(t, 1, tr.resumes)
			require.Equal(t, runs.StatusCompleted, report.Status)
			require.EqualValues(t, len(tr.ids), report.Activated)
			require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
			require.Len(t, tr.timesWritten(), len(tr.ids))
			for contact, times := range tr.timesWritten() {
				require.Equal(t, 1, times, contact)
			}
		})
	})
	t.Run("overwritten", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			tr, _ := newSpoiled(t, overwrite)
			_, err := tr.activate(tr.vip())
			require.Contains(t, tr.paused, "restore a backup of the store")
			require.Contains(t, tr.paused, "Then resume the run.")
			require.Equal(t, orders, tr.resumes, "it pauses again as long as nobody mends it")
			require.True(t, temporal.IsCanceledError(err), "%v", err)
			require.Less(t, len(tr.timesWritten()), len(tr.ids))
		})
	})
}

// newSpoiled makes a trial in which nothing is wrong with Dynamics, and the store is spoiled after
// the second request that has written.
func newSpoiled(t *testing.T, spoil func(path string) error) (tr *trial, path string) {
	t.Helper()
	path = activities.NewStore(t)
	kept, err := store.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	p, closePlace := newPlace(t, kept, "crm", 20, perRequest)
	t.Cleanup(func() {
		closePlace()
		_ = kept.Close() // it may be spoiled
	})
	tr = newTrial(p, moment{match: "no request", step: "no step"}, activities.TableFault{})
	writes := 0
	p.onWrite = func() {
		if writes++; writes != 2 {
			return
		}
		err := spoil(path)
		tr.mu.Lock()
		tr.trouble = err
		tr.mu.Unlock()
		time.Sleep(untilLooked)
	}
	return tr, path
}

// vip is an activation of all contacts.
func (tr *trial) vip() activities.Activation {
	tr.t.Helper()
	source := tr.file()
	list, err := activation.Parse([]byte("destination: "+tr.name+"\naudience: vip\nmappingId: vip\nsource: {url: "+source+
		", format: csv, contactId: id, status: status}\n"), filepath.Join(tr.t.TempDir(), "vip.yaml"))
	require.NoError(tr.t, err)
	list[0].Folder = filepath.Dir(source)
	return list[0]
}

// overwrite leaves files of the same size that are none of a database's. A young store is in its
// write-ahead log alone.
func overwrite(path string) error {
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if _, err := file.Write(bytes.Repeat([]byte("x"), int(info.Size()))); err != nil {
			_ = file.Close() // the write has failed already
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}
