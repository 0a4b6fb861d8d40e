package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDataFolderIsItsOwnersAlone(t *testing.T) {
	root := filepath.Join(t.TempDir(), "data")
	older := []string{temporalFile, temporalFile + "-wal", temporalLogFile, storeFile,
		storeFile + "-shm", "simulator/rows.journal", "examples/vip.csv"}
	for _, name := range older {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, nil, 0o644))
	}
	foreign := filepath.Join(root, "foreign", "file")
	require.NoError(t, os.MkdirAll(filepath.Dir(foreign), 0o755))
	require.NoError(t, os.WriteFile(foreign, nil, 0o644))

	f, err := openFolder(root)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.keepPrivate())
	for _, name := range append(older, lockFile) {
		requireRights(t, filepath.Join(root, name), privateFile)
	}
	for _, name := range []string{".", simulatorFolder, examplesFolder} {
		requireRights(t, filepath.Join(root, name), privateFolder)
	}
	requireRights(t, foreign, 0o644)
	requireRights(t, filepath.Dir(foreign), 0o755)
}

func requireRights(t *testing.T, path string, rights os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, rights, info.Mode().Perm(), path)
}
