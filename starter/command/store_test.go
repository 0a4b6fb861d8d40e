package command

import (
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAStoreIsBackedUpAndChecked(t *testing.T) {
	keepPerson(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	code, out, errOut := call(t, "store", "backup", to, "-o", "json")
	require.Equal(t, ExitDone, code, errOut)
	var done storeBackup
	require.NoError(t, json.Unmarshal([]byte(out), &done))
	require.Equal(t, to, done.File)
	require.Positive(t, done.Bytes)

	code, _, errOut = call(t, "store", "backup", to)
	require.Equal(t, ExitFailed, code)
	require.Contains(t, errOut, "is there already")
	code, _, errOut = call(t, "store", "backup")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, errOut, "which file")

	t.Setenv("STORE_URL", "sqlite:"+to)
	code, out, errOut = call(t, "store", "check", "-o", "json")
	require.Equal(t, ExitDone, code, errOut)
	var found storeCheck
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	require.True(t, found.OK)
	require.Equal(t, done.Store, found.Store, "a backup is the same store")
	code, out, _ = call(t, "store", "check")
	require.Equal(t, ExitDone, code)
	require.Contains(t, out, "references")
	code, person, _ := call(t, "contact", person, "--ledger", "-o", "json")
	require.Equal(t, ExitDone, code)
	require.Contains(t, person, "unknown_status")

	t.Setenv("STORE_URL", "sqlite:"+filepath.Join(t.TempDir(), "none.db"))
	code, _, errOut = call(t, "store", "check")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, errOut, "no activation store")
	_, err := os.Stat(to)
	require.NoError(t, err)
}

// TestACheckLeavesAStoreOfAnotherVersionAsItIs: who looks at a backup, or at the store of workers
// that are not upgraded yet, does not upgrade it.
func TestACheckLeavesAStoreOfAnotherVersionAsItIs(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("..", "..", "store", "testdata", "released", "22.sqlite.sql"))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		change string
		says   string
	}{
		"an older one": {"", "a worker of this version migrates it when it starts"},
		"a newer one":  {"INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)", "use the newer program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			db, err := sql.Open("sqlite", path)
			require.NoError(t, err)
			_, err = db.ExecContext(t.Context(), string(script)+";"+c.change)
			require.NoError(t, err)
			require.NoError(t, db.Close())
			before, err := os.ReadFile(path)
			require.NoError(t, err)

			t.Setenv("STORE_URL", "sqlite:"+path)
			code, out, errOut := call(t, "store", "check", "-o", "json")
			require.Equal(t, ExitFailed, code, errOut)
			var found storeCheck
			require.NoError(t, json.Unmarshal([]byte(out), &found))
			require.False(t, found.OK)
			require.NotEmpty(t, found.Store)
			require.NotEqual(t, found.Schema.Has, found.Schema.Wants)
			require.Contains(t, out, c.says)
			_, out, _ = call(t, "store", "check")
			require.Contains(t, out, c.says)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, string(before) == string(after), "not a byte is changed")
			entries, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Len(t, entries, 1, "nothing is left beside it")
		})
	}
}
