package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheStoreIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "made", "for it")
	path := filepath.Join(folder, "store.db")
	fill := func() {
		s := open(t, "sqlite:"+path)
		openStream(t, s)
		receive(t, s, event(1, day(9)))
		for _, ending := range []string{"", "-wal", "-shm", "-next", "-turn"} {
			requireRights(t, path+ending, 0o600)
		}
		requireRights(t, folder, 0o700)
		requireRights(t, filepath.Dir(folder), 0o700)
	}
	fill()
	for _, ending := range []string{"", "-wal", "-shm", "-next", "-turn"} { // as older versions have left them
		require.NoError(t, os.Chmod(path+ending, 0o644))
	}
	require.NoError(t, os.Chmod(folder, 0o755))
	fill()
}

func TestAFolderOfOthersKeepsItsRights(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "other"), nil, 0o644))
	path := filepath.Join(folder, "store.db")
	open(t, "sqlite:"+path)
	requireRights(t, path, 0o600)
	requireRights(t, folder, 0o755)
}

func requireRights(t *testing.T, path string, rights os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, rights, info.Mode().Perm(), path)
}
