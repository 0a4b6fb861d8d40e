package store_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// A process goes on writing to a file that was deleted, and nobody finds what it has written.
func TestAStoreThatWasDeletedOrReplacedIsTold(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(t *testing.T, path string){
		"deleted": func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"replaced": func(t *testing.T, path string) {
			other := filepath.Join(t.TempDir(), "other.db")
			made(t, other)
			require.NoError(t, os.Rename(other, path))
		},
		"its folder was moved": func(t *testing.T, path string) {
			require.NoError(t, os.Rename(filepath.Dir(path), filepath.Dir(path)+"-moved"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data", "store.db")
			s := open(t, "sqlite:"+path)
			require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "run", Destination: "dynamics"}))
			lose(t, path)
			err := s.SetRunStatus(t.Context(), "run", runs.StatusRunning, "", "", day(1))
			var gone *sqldb.Gone
			require.ErrorAs(t, err, &gone)
			require.ErrorContains(t, err, path)
		})
	}
}

func TestAFileThatWasOverwrittenIsTold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	made(t, path)
	size, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, make([]byte, size.Size()), 0o600))
	_, err = store.Open(t.Context(), "sqlite:"+path)
	require.ErrorAs(t, err, new(*sqldb.Damaged))
	require.ErrorContains(t, err, "restore a backup")
}

// A program that has all pages in its caches does not see what has become of the file.
func TestAFileThatIsOverwrittenWhileItIsInUseIsTold(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]int{"from its first page": 0, "all but its first page": 1} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			s := open(t, "sqlite:"+path, store.WithIntegrityEvery(10*time.Millisecond))
			require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "run", Destination: "dynamics"}))
			require.NoError(t, s.Checkpoint(t.Context()))
			step := func() error {
				return s.SetRunStatus(t.Context(), "run", runs.StatusRunning, "", "", day(1))
			}
			require.NoError(t, step())
			overwrite(t, path, from)
			require.Eventually(t, func() bool {
				var damaged *sqldb.Damaged
				return errors.As(step(), &damaged)
			}, time.Minute, 10*time.Millisecond)
			require.ErrorContains(t, step(), "restore a backup")
			_, err := s.Run(t.Context(), "run")
			require.ErrorAs(t, err, new(*sqldb.Damaged), "nothing is taken from it either")
		})
	}
}

// A value that is none of its column's is no reason to try again, and nobody else's business.
func TestAValueThatIsNoneOfItsColumnIsDamage(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s := open(t, url)
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "run", Destination: "dynamics"}))
	db, _ := database(t, url)
	_, err := db.ExecContext(t.Context(), `UPDATE runs SET started_at = 'ann@example.com'`)
	require.NoError(t, err)
	_, err = s.Run(t.Context(), "run")
	require.ErrorAs(t, err, new(*sqldb.Damaged))
	require.NotContains(t, err.Error(), "example.com")
}

// overwrite puts garbage in the place of pages. Another program does: in this one, to close the
// file would free SQLite's locks.
func overwrite(t *testing.T, path string, from int) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	const page = 4096
	out, err := exec.Command("dd", "if=/dev/urandom", "of="+path, "conv=notrunc", fmt.Sprintf("bs=%d", page),
		fmt.Sprintf("seek=%d", from), fmt.Sprintf("count=%d", int(info.Size())/page-from)).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestWhatCannotBeReadIsNotShown(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s := open(t, url)
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "run", Destination: "dynamics"}))
	require.NoError(t, s.EndRun(t.Context(), "run", runs.StatusCompleted, "", "", nil))
	db, _ := database(t, url)
	_, err := db.ExecContext(t.Context(), `UPDATE runs SET purged = 1, counts = '{"received":"ann@example.com"'`)
	require.NoError(t, err)
	_, err = s.Counts(t.Context(), "run")
	require.ErrorAs(t, err, new(*sqldb.Damaged))
	require.NotContains(t, err.Error(), "example.com")
}

// made makes a store and closes it.
func made(t *testing.T, path string) {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
