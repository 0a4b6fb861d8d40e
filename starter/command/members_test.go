package command

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
)

func TestMembersOfAnAudienceThatExportedNothing(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	t.Setenv("STORE_URL", url)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	file := activationFile(t)
	code, out, errOut := call(t, "members", "-f", file)
	require.Equal(t, ExitUsage, code)
	require.Empty(t, out)
	require.Contains(t, errOut, "has exported nothing to d")

	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "r1", WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Column: "acme_vip", Kind: runs.KindActivate}))
	code, out, _ = call(t, "members", "-f", file, "-o", "json")
	require.Equal(t, ExitDone, code)
	var list map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Equal(t, "acme_vip", list["column"])
	require.Empty(t, list["members"])
	_, out, _ = call(t, "members", "-f", file, "-o", "csv")
	require.Equal(t, "contact,audience,status,word,lastQualificationTime\n", out)
}

func TestRejectedRowsForSpreadsheetsCanBeMarked(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	t.Setenv("STORE_URL", url)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, s.BeginRun(t.Context(), runlog.Run{Run: "r1", WorkflowID: "activate/d/a", Destination: "d", Audience: "a", Kind: runs.KindActivate}))
	require.NoError(t, s.Close())
	code, out, _ := call(t, "rejected", "r1", "-o", "csv", "--bom")
	require.Equal(t, ExitDone, code)
	require.True(t, strings.HasPrefix(out, "\ufeffcontact,"))
	code, _, errOut := call(t, "rejected", "r1", "--bom")
	require.Equal(t, ExitUsage, code)
	require.Contains(t, errOut, "-o csv")
	for said, separator := range map[string]string{";": ";", "tab": "\t", ",": ","} {
		code, out, errOut = call(t, "rejected", "r1", "-o", "csv", "--bom", "--separator", said)
		require.Equal(t, ExitDone, code, errOut)
		require.True(t, strings.HasPrefix(out, "\ufeffcontact"+separator+"line"+separator+"outcome"+separator), out)
	}
	for _, args := range [][]string{{"-o", "csv", "--separator", ";;"}, {"-o", "csv", "--separator", `"`}, {"--separator", ";"}} {
		code, _, errOut = call(t, append([]string{"rejected", "r1"}, args...)...)
		require.Equal(t, ExitUsage, code)
		require.Contains(t, errOut, "--separator")
	}
}

func TestRejectedRowsCanBeAnExitCode(t *testing.T) {
	for name, c := range map[string]struct {
		report runs.Report
		found  bool
	}{
		"none":     {runs.Report{Status: runs.StatusCompleted}, false},
		"failed":   {runs.Report{Numbers: runs.Numbers{Failed: 1}}, true},
		"excluded": {runs.Report{Numbers: runs.Numbers{Excluded: 1}}, true},
	} {
		require.Equal(t, c.found, rejects([]runs.Report{{}, c.report}), name)
	}
}
