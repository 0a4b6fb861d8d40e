package command

import (
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
