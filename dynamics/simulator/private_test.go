package simulator_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

func TestKeptRowsAreTheirOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	rows := filepath.Join(dir, "rows.journal")
	for range 2 { // made, and then mended
		s, err := simulator.New(simulator.Options{DataDir: dir, Contacts: 3})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		for path, rights := range map[string]os.FileMode{dir: 0o700, rows: 0o600} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, rights, info.Mode().Perm(), path)
			require.NoError(t, os.Chmod(path, rights|0o044))
		}
	}
}
