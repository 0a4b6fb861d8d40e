package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// The two versions of the worker: of one source, and stamped apart, as a build stamps them. The next
// one has a migration more, so that the schema grows under the other.
const (
	versionN    = "1.0.0-aaaaaaaaaaaa"
	versionNext = "1.1.0-bbbbbbbbbbbb"
)

// buildVersions builds a worker of each version; the tests share them.
var buildVersions = sync.OnceValue(func() error {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return err
	}
	grown := filepath.Join(shared.binaries, "grown.json")
	const overlay = `{"Replace": {%q: %q}}`
	migration, newer := filepath.Join(root, "store", "migrations", "09999_newer.sql"), filepath.Join(root, "store", "testdata", "newer.sql")
	if err := os.WriteFile(grown, fmt.Appendf(nil, overlay, migration, newer), 0o600); err != nil {
		return err
	}
	for v, sources := range map[string]string{versionN: "", versionNext: grown} {
		stamps := fmt.Sprintf("-X audienceflow/version.released=%s -X audienceflow/version.revision=%s", v[:5], v[6:])
		build := exec.Command("go", "build", "-buildvcs=false", "-overlay="+sources, "-ldflags", stamps,
			"-o", filepath.Join(shared.binaries, "worker-"+v), "./worker")
		build.Dir = root
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", v, err, output)
		}
	}
	return nil
})

// fleet are the workers of a world, of which one version is taken over by another.
type fleet struct {
	*world
	versioned bool
}

func newFleet(t *testing.T, versioned bool) *fleet {
	t.Helper()
	require.NoError(t, buildVersions())
	w := newWorld(t, simulator.Options{Contacts: 2_100, Seed: 23})
	w.set("CONCURRENCY", "2")
	w.set("REQUEST_SIZE", "50")
	if versioned {
		w.environment["WORKER_DEPLOYMENT"] = w.destination
	}
	return &fleet{world: w, versioned: versioned}
}

// deploy starts a worker of a version and makes it the current one.
func (f *fleet) deploy(version string) *process {
	f.t.Helper()
	p := startProcess(f.t, f.environ(), f.folder, "worker-"+version)
	if f.versioned {
		f.setCurrent(version)
	}
	return p
}

// setCurrent makes a version current, as docs/operations.md has people do it.
func (f *fleet) setCurrent(args ...string) {
	f.t.Helper()
	r := f.starter(append([]string{"deployment", "set-current"}, args...)...)
	require.Zero(f.t, r.code, r.errOut)
	f.t.Logf("starter deployment set-current %s\n%s", strings.Join(args, " "), r.out)
}

// pinned counts the open runs that are pinned to a version.
func (f *fleet) pinned(version string) int64 {
	f.t.Helper()
	var all []struct {
		Versions []struct {
			BuildID string `json:"buildId"`
			Pinned  int64  `json:"pinned"`
		} `json:"versions"`
	}
	f.document(&all, 0, "deployment", "--name", f.destination)
	require.Len(f.t, all, 1)
	for _, v := range all[0].Versions {
		if v.BuildID == version {
			return v.Pinned
		}
	}
	return 0
}

// stop tells a worker to stop.
func (f *fleet) stop(p *process) {
	f.t.Helper()
	require.NoError(f.t, p.command.Process.Signal(syscall.SIGTERM))
	<-p.ended
	require.Zero(f.t, p.command.ProcessState.ExitCode(), "a worker that is told to stop finishes what it has sent")
}

// replace deploys a version, waits until the one before it has nothing left, and stops that.
func (f *fleet) replace(old *process, before, version string) *process {
	f.t.Helper()
	if f.versioned {
		eventually(f.t, "the run is pinned to "+before, func() bool { return f.pinned(before) == 1 })
	}
	p := f.deploy(version)
	if f.versioned {
		eventually(f.t, "nothing is left on "+before, func() bool { return f.pinned(before) == 0 })
		eventually(f.t, "the run is pinned to "+version, func() bool { return f.pinned(version) == 1 })
	}
	f.stop(old)
	return p
}

// TestWorkersOfANewVersionTakeOver rehearses an upgrade with a deployment, and a rolling restart
// without one: of an activation in mid-sending, a stream and a hold, and back with a run that waits
// for an approval, on the schema that has grown. Nothing fails, nothing is written twice. One of
// them has its store in PostgreSQL, the other in SQLite.
func TestWorkersOfANewVersionTakeOver(t *testing.T) {
	for name, versioned := range map[string]bool{"in a deployment": true, "without one": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t, versioned)
			if versioned {
				f.keepInPostgres()
			}
			address := freeAddress(t)
			n := f.deploy(versionN)
			f.startServe(address)
			contacts := f.contacts()
			streamed, filed := contacts[:100], contacts[100:]
			f.stream(address, "realized", firstTime, streamed[:50])
			f.holds("realized", streamed[:50])
			file := f.activation(f.profiles("vip.ndjson", firstTime, oneInFour, filed), "guard: {maxExitShare: 0.5}")
			f.slow(200)
			f.report(command.ExitDone, "activate", "-f", file, "--detach")
			eventually(t, "the run is well under way", func() bool { return f.rowsWritten() > 300 })
			require.Zero(t, f.starter("pause", "--destination", f.destination, "--reason", "upgrade").code)
			eventually(t, "the run is held", func() bool { return f.status().Status == runs.StatusPaused })
			held := f.status()
			require.Positive(t, held.Pending)

			next := f.replace(n, versionN, versionNext)
			require.Equal(t, held.Numbers, f.status().Numbers, "nothing is sent on the way")
			require.Equal(t, runs.StatusPaused, f.status().Status)
			f.stream(address, "realized", firstTime, streamed[50:])
			f.slow(0)
			require.Zero(t, f.starter("resume", "--destination", f.destination).code)
			report := f.awaitEnd()
			require.Equal(t, held.Run, report.Run)
			f.requireWritten(report.Activated, len(filed), report.Failed, report.Validation.Verdict)
			f.holds("realized", streamed)
			f.requireOnce(1, contacts)

			leaving := f.activation(f.profiles("leave.ndjson", laterTime, func(int) string { return "exited" }, filed), "guard: {maxExitShare: 0.5}")
			waiting := f.report(command.ExitPerson, "activate", "-f", leaving)
			require.Equal(t, runs.StatusWaiting, waiting.Status)
			f.replace(next, versionNext, versionN)
			again := f.status()
			require.Equal(t, runs.StatusWaiting, again.Status)
			require.Equal(t, waiting.Since, again.Since, "it waits since it waits, not since the upgrade")
			f.stream(address, "exited", laterTime, streamed)
			f.holds("exited", streamed)
			require.Zero(t, f.starter("approve", f.workflowID()).code)
			report = f.awaitEnd()
			exits := len(filed) - len(filed)/4
			f.requireWritten(report.Activated, exits, report.Failed, report.Validation.Verdict)
			require.Len(t, f.writes(), len(contacts)+len(streamed)+exits)
			f.requireGrown()
			t.Logf("%d contacts: %d rows written, none twice", len(contacts), f.rowsWritten())
		})
	}
}

// TestWorkersJoinAndLeaveADeployment: a run that waits goes over to the workers of a deployment
// once one of its versions is current, and back to workers without.
func TestWorkersJoinAndLeaveADeployment(t *testing.T) {
	t.Parallel()
	f := newFleet(t, false)
	contacts := f.contacts()
	leave := func(int) string { return "exited" }
	first := f.deploy(versionN)
	f.report(command.ExitDone, "activate", "-f", f.activation(f.profiles("vip.ndjson", firstTime, oneInFour, contacts), "guard: {maxExitShare: 0.5}"))
	f.report(command.ExitPerson, "activate", "-f", f.activation(f.profiles("leave.ndjson", laterTime, leave, contacts), "guard: {maxExitShare: 0.5}"))

	f.environment["WORKER_DEPLOYMENT"] = f.destination
	second := startProcess(t, f.environ(), f.folder, "worker-"+versionNext)
	f.setCurrent(versionNext)
	f.stop(first)
	require.Equal(t, runs.StatusWaiting, f.status().Status)
	require.Zero(t, f.starter("pause", f.workflowID()).code)
	eventually(t, "the run is pinned", func() bool { return f.pinned(versionNext) == 1 })

	delete(f.environment, "WORKER_DEPLOYMENT")
	third := f.deploy(versionN)
	f.setCurrent("--unversioned", "--name", f.destination)
	eventually(t, "nothing is pinned", func() bool { return f.pinned(versionNext) == 0 })
	f.stop(second)
	require.Equal(t, runs.StatusPaused, f.status().Status)
	require.Zero(t, f.starter("resume", f.workflowID()).code)
	require.Zero(t, f.starter("approve", f.workflowID()).code)
	report := f.awaitEnd()
	f.requireWritten(report.Activated, len(contacts)-len(contacts)/4, report.Failed, report.Validation.Verdict)
	f.requireGrown()
	f.stop(third)
}

// requireGrown says that the store is one of the next version, and whole.
func (f *fleet) requireGrown() {
	f.t.Helper()
	var found struct {
		OK     bool
		Schema struct {
			Has, Wants int64
			Usable     bool
		}
	}
	f.document(&found, 0, "store", "check")
	require.True(f.t, found.OK && found.Schema.Usable)
	require.Greater(f.t, found.Schema.Has, found.Schema.Wants)
	f.t.Logf("the schema has version %d, this release knows %d", found.Schema.Has, found.Schema.Wants)
}

func (f *fleet) requireWritten(activated int64, want int, failed int64, verdict string) {
	f.t.Helper()
	require.EqualValues(f.t, want, activated)
	require.Zero(f.t, failed)
	require.Equal(f.t, runs.VerdictMatch, verdict)
}

// requireOnce says that each contact was written so many times.
func (f *fleet) requireOnce(times int, contacts []string) {
	f.t.Helper()
	written := map[string]int{}
	for _, contact := range f.writes() {
		written[contact]++
	}
	require.Len(f.t, written, len(contacts))
	for contact, n := range written {
		require.Equal(f.t, times, n, contact)
	}
	require.Equal(f.t, times*len(contacts), f.rowsWritten())
}
