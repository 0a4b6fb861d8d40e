package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"audienceflow/store"
)

func TestOpenIsForManyProcesses(t *testing.T) {
	t.Parallel()
	onBothEmpty(t, func(t *testing.T, url string) {
		ids := make([]string, 4)
		var group errgroup.Group
		for i := range ids {
			group.Go(func() error {
				s, err := store.Open(t.Context(), url)
				if err != nil {
					return err
				}
				ids[i] = s.ID()
				return s.Close()
			})
		}
		require.NoError(t, group.Wait())
		require.NotEmpty(t, ids[0])
		for _, id := range ids {
			require.Equal(t, ids[0], id)
		}
	})
}

func TestOpenMakesFolders(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b c", "store?#%.db")
	open(t, "sqlite:"+path)
	require.FileExists(t, path)
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "text.db")
	require.NoError(t, os.WriteFile(text, []byte("this is a text, long enough to be none of a database's headers ............................................"), 0o600))
	for url, want := range map[string]string{
		"mysql://x":                             "must begin with sqlite: (a path follows) or postgres://",
		"sqlite:":                               "names no file",
		"sqlite:" + folder:                      "names a folder",
		"sqlite:" + text:                        "not a SQLite database",
		"sqlite:" + text + "/x.db":              "cannot make the folder",
		"postgres://user:hunter2@127.0.0.1:1/x": "no connection to PostgreSQL",
	} {
		_, err := store.Open(t.Context(), url)
		require.ErrorContains(t, err, want, url)
		require.NotContains(t, err.Error(), "hunter2")
	}
}
