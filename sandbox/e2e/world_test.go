package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"audienceflow/dynamics/simulator"
	"audienceflow/report/reporttest"
	"audienceflow/runs"
)

const (
	// patience bounds every wait for something that must come; a loaded machine is slow.
	patience = 2 * time.Minute
	// recoveryTime bounds the wait for a run whose worker was killed: for two minutes Dynamics may be
	// at work on what it had sent.
	recoveryTime = 4 * time.Minute
	// lookEvery is the pause between two looks.
	lookEvery = 20 * time.Millisecond
	// commandTime bounds a command, which may follow such a run.
	commandTime = recoveryTime
)

// world is one destination: a simulated Dynamics, a store, and the environment of its processes.
type world struct {
	t           *testing.T
	folder      string
	destination string
	dynamics    *simulator.Running
	environment map[string]string
	looks       map[string]runs.Report // of runs, when they were looked at last
	temporal    client.Client          // nil: whoever needs one dials
}

// newWorld starts a simulator with acme_vipstatus; the worker is started apart.
func newWorld(t *testing.T, o simulator.Options) *world {
	t.Helper()
	return newWorldNamed(t, "d"+strings.ToLower(rename.Replace(t.Name())), o)
}

// newWorldNamed gives the destination a name that no other test uses.
func newWorldNamed(t *testing.T, destination string, o simulator.Options) *world {
	t.Helper()
	o.Prefix = "acme"
	o.Columns = append(o.Columns, "acme_vipstatus:string:100")
	running, err := simulator.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Close()) })
	w := &world{t: t, folder: t.TempDir(), dynamics: running, destination: destination}
	prefix := "DYNAMICS_" + strings.ToUpper(w.destination) + "_"
	w.environment = map[string]string{
		"TEMPORAL_ADDRESS":       shared.temporal.Address(),
		"TEMPORAL_NAMESPACE":     shared.temporal.Namespace(),
		"STORE_URL":              "sqlite:" + filepath.Join(w.folder, "store.db"),
		"LOG_LEVEL":              "warn",
		"WORKER_LISTEN":          "",
		"DYNAMICS_DESTINATIONS":  w.destination,
		prefix + "ENVIRONMENT":   running.URL,
		prefix + "TENANT_ID":     "11111111-1111-1111-1111-111111111111",
		prefix + "CLIENT_ID":     "client",
		prefix + "CLIENT_SECRET": "secret",
		prefix + "PREFIX":        "acme",
	}
	return w
}

var rename = strings.NewReplacer("/", "", "_", "", " ", "", "Test", "")

// set changes a variable of the destination, such as CLIENT_SECRET.
func (w *world) set(name, value string) {
	w.environment["DYNAMICS_"+strings.ToUpper(w.destination)+"_"+name] = value
}

func (w *world) environ() []string {
	list := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.folder}
	for name, value := range w.environment {
		list = append(list, name+"="+value)
	}
	return list
}

// process is a program of ours that runs beside the test.
type process struct {
	t       *testing.T
	command *exec.Cmd
	log     *logBuffer
	ended   chan struct{}
}

// startProcess starts one of the built programs. What it logs is shown when the test fails.
func startProcess(t *testing.T, environment []string, folder, program string, args ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.Command(filepath.Join(shared.binaries, program), args...), log: &logBuffer{}, ended: make(chan struct{})}
	p.command.Env, p.command.Dir = environment, folder
	p.command.Stdout, p.command.Stderr = p.log, p.log
	require.NoError(t, p.command.Start())
	go func() {
		defer close(p.ended)
		_ = p.command.Wait() // how it ended is in ProcessState
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s:\n%s", program, p.log)
		}
	})
	return p
}

func (w *world) startWorker() *process {
	w.t.Helper()
	return startProcess(w.t, w.environ(), w.folder, "worker")
}

// kill ends it as a crash would.
func (p *process) kill() {
	_ = p.command.Process.Kill() // it may have ended
	<-p.ended
}

// interrupt asks it to end and waits until it has; it gives the exit code.
func (p *process) interrupt() int {
	p.t.Helper()
	require.NoError(p.t, p.command.Process.Signal(syscall.SIGINT))
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatal("it does not end after an interrupt")
	}
	return p.command.ProcessState.ExitCode()
}

// logBuffer takes what a process writes while the test reads it.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// result is what a command left behind.
type result struct {
	code        int
	out, errOut string
}

// runCommand runs one of the built programs to its end.
func runCommand(t *testing.T, environment []string, folder, program string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	command := exec.CommandContext(ctx, filepath.Join(shared.binaries, program), args...)
	var out, errOut bytes.Buffer
	command.Env, command.Dir, command.Stdout, command.Stderr = environment, folder, &out, &errOut
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	require.NoError(t, ctx.Err(), "%s %v does not end:\n%s", program, args, &errOut)
	return result{code: command.ProcessState.ExitCode(), out: out.String(), errOut: errOut.String()}
}

func (w *world) starter(args ...string) result {
	w.t.Helper()
	return runCommand(w.t, w.environ(), w.folder, "starter", args...)
}

// report runs a command that prints a report, which must end with the exit code.
func (w *world) report(code int, args ...string) runs.Report {
	w.t.Helper()
	var report runs.Report
	w.document(&report, code, args...)
	if report.NumbersFrom == runs.NumbersNowhere {
		return report
	}
	require.NoError(w.t, reporttest.Check(report))
	if before, ok := w.looks[report.Run]; ok {
		require.NoError(w.t, reporttest.Back(before, report), "from one look at a run to the next")
	}
	if w.looks == nil {
		w.looks = map[string]runs.Report{}
	}
	w.looks[report.Run] = report
	return report
}

// document runs a command that prints JSON and reads it.
func (w *world) document(into any, code int, args ...string) {
	w.t.Helper()
	r := w.starter(append(args, "-o", "json")...)
	require.Equal(w.t, code, r.code, "%v\n%s%s", args, r.out, r.errOut)
	require.NoError(w.t, json.Unmarshal([]byte(r.out), into), r.out)
}

// workflowID is the id of the activation of audience vip.
func (w *world) workflowID() string { return "activate/" + w.destination + "/vip" }

// status is what a run says of itself.
func (w *world) status() runs.Report {
	w.t.Helper()
	return w.report(0, "status", w.workflowID())
}

// awaitEnd waits until the activation has ended and gives its result. What a killed worker held is
// taken up when its heartbeat is missed and its lease has passed.
func (w *world) awaitEnd() runs.Report {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), recoveryTime)
	defer cancel()
	c, err := shared.temporal.Dial(ctx, client.Options{Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(w.t, err)
	defer c.Close()
	var report runs.Report
	require.NoError(w.t, c.GetWorkflow(ctx, w.workflowID(), "").Get(ctx, &report))
	return report
}

// eventually waits for a condition; it says what was awaited if it does not come.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, lookEvery, "awaited: %s", what)
}

// write puts a file into the world's folder and returns its path.
func (w *world) write(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.folder, name)
	require.NoError(w.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// activation writes an activation file for audience vip; more is added to it.
func (w *world) activation(source string, more ...string) string {
	w.t.Helper()
	return w.write("vip.yaml", fmt.Sprintf(`destination: %s
audience: vip
mappingId: vipstatus
source: {url: %s, contactId: contactId}
mapping:
  - {source: person.name.firstName, target: FirstName}
%s`, w.destination, source, strings.Join(more, "\n")))
}
