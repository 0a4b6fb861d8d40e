package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
	"audienceflow/starter/command"
)

// freePorts keep a sandbox of a test clear of one that somebody works with.
var freePorts = []string{"-temporal-port", "0", "-ui-port", "0", "-simulator-port", "0"}

func sandboxArgs(more ...string) []string { return append(more, freePorts...) }

func sandboxEnvironment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir()}
}

func TestTheSandboxProvesItselfAndGoesOn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	once := func() runs.Report {
		r := runCommand(t, sandboxEnvironment(), folder, "sandbox", sandboxArgs("-once", "-o", "json")...)
		require.Equal(t, command.ExitDone, r.code, r.errOut)
		var report runs.Report
		require.NoError(t, json.Unmarshal([]byte(r.out), &report), r.out)
		require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
		n := report.Numbers
		require.Equal(t, n.Received, n.Activated+n.Unchanged+n.Superseded+n.Excluded+n.Failed+n.Pending)
		return report
	}

	first, second := once(), once()

	require.Positive(t, first.Activated)
	require.Zero(t, second.Activated)
	require.Equal(t, first.Activated, second.Unchanged)
	require.NotEqual(t, first.Run, second.Run)
}

func TestAKilledSandboxGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	killed := startProcess(t, sandboxEnvironment(), folder, "sandbox", sandboxArgs()...)
	// On a quick machine the run may be over when it is first heard of: what was kept must hold
	// then too.
	eventually(t, "the run is heard of", func() bool { return strings.Contains(killed.log.String(), "activate/dynamics/vip: ") })
	killed.kill()

	r := runCommand(t, sandboxEnvironment(), folder, "sandbox", sandboxArgs("-once")...)

	require.Equal(t, command.ExitDone, r.code, r.out+r.errOut)
	require.Contains(t, r.out, "match")
}

func TestTheSandboxEndsCleanlyAndSaysWhoHoldsItsFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first := startProcess(t, sandboxEnvironment(), folder, "sandbox", sandboxArgs("-activate=false", "-data", filepath.Join(folder, "kept"))...)
	eventually(t, "it is up", func() bool { return strings.Contains(first.log.String(), "Ctrl-C ends it") })

	require.Contains(t, first.log.String(), "STORE_URL")
	require.NotContains(t, first.log.String(), "vip.yaml", "nothing has been activated")

	second := runCommand(t, sandboxEnvironment(), folder, "sandbox", sandboxArgs("-once", "-data", filepath.Join(folder, "kept"))...)

	require.Equal(t, command.ExitUsage, second.code)
	require.Contains(t, second.errOut, "another sandbox (process ")
	require.Len(t, strings.Split(strings.TrimSpace(second.errOut), "\n"), 1, "one line")
	require.Equal(t, command.ExitDone, first.interrupt())
	require.Contains(t, first.log.String(), "Stopping: ", "it answers")
	require.NotContains(t, first.log.String(), "sandbox:", "nothing went wrong")
}
