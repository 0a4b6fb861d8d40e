package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/store"
	"audienceflow/store/sqldb"
)

// A process goes on writing to a file that was deleted, and nobody finds what it has written.
func TestAStoreThatWasDeletedOrReplacedIsTold(t *testing.T) {
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
			require.NoError(t, s.BeginRun(t.Context(), store.Run{Run: "run", Destination: "dynamics"}))
			lose(t, path)
			err := s.SetRunStatus(t.Context(), "run", store.StatusRunning, "", "", day(1))
			var gone *sqldb.Gone
			require.ErrorAs(t, err, &gone)
			require.ErrorContains(t, err, path)
		})
	}
}

func TestAFileThatWasOverwrittenIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	made(t, path)
	size, err := os.Stat(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, make([]byte, size.Size()), 0o600))
	_, err = store.Open(t.Context(), "sqlite:"+path)
	require.ErrorAs(t, err, new(*sqldb.Damaged))
	require.ErrorContains(t, err, "restore a backup")
}

func TestWhatCannotBeReadIsNotShown(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	s := open(t, url)
	require.NoError(t, s.BeginRun(t.Context(), store.Run{Run: "run", Destination: "dynamics"}))
	require.NoError(t, s.EndRun(t.Context(), "run", store.StatusCompleted, "", "", nil))
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
