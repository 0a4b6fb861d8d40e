package simulator_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// organization is what WhoAmI says of a simulator on a data folder.
func organization(t *testing.T, dir string) string {
	t.Helper()
	e := start(t, simulator.Options{DataDir: dir})
	id := e.get("WhoAmI").json(t)["OrganizationId"].(string)
	require.Contains(t, e.get("organizations").body, id, "all of it names one organization")
	return id
}

func TestEachDataFolderIsAnOrganization(t *testing.T) {
	dir := t.TempDir()
	first := organization(t, filepath.Join(dir, "first"))
	require.NotEqual(t, first, organization(t, filepath.Join(dir, "second")))
	require.Equal(t, first, organization(t, copyFolder(t, filepath.Join(dir, "first"))), "restored in place")

	require.Equal(t, organization(t, ""), organization(t, ""), "what keeps nothing is always the same")
	older := copyFolder(t, filepath.Join(dir, "first"))
	require.NoError(t, os.Remove(filepath.Join(older, "organization")))
	require.Equal(t, organization(t, ""), organization(t, older), "folders of earlier versions")

	require.NoError(t, os.WriteFile(filepath.Join(older, "organization"), []byte("?"), 0o600))
	_, err := simulator.New(simulator.Options{DataDir: older})
	require.ErrorContains(t, err, "holds no organization id")
}
