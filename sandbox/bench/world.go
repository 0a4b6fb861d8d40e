package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"audienceflow/runs"
	"audienceflow/sandbox/temporal"
	"audienceflow/starter/command"
	"audienceflow/workflows"
)

const (
	workerPackage    = "audienceflow/worker"
	profiledPackage  = "audienceflow/sandbox/bench/profiled"
	simulatorPackage = "audienceflow/dynamics/simulator/cmd"

	// stopTime is given to a process that was told to end.
	stopTime = 45 * time.Second
	// sampleEvery is how often the worker's CPU time is read: stages of a small audience last
	// tenths of a second.
	sampleEvery = 20 * time.Millisecond
)

// world is what is measured: Temporal in this process, the worker and the simulator in theirs.
type world struct {
	folder   string
	errOut   io.Writer
	store    string // the URL of the worker's store
	noPeers  bool
	profile  string
	temporal *temporal.Server
	client   client.Client
	quiet    *slog.Logger
}

// newWorld builds the programs and starts Temporal.
func newWorld(ctx context.Context, folder string, o options, errOut io.Writer) (*world, error) {
	w := &world{folder: folder, errOut: errOut, profile: o.profile, store: o.store, noPeers: o.noPeers, quiet: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if w.store == "" {
		w.store = "sqlite:" + w.file("store.db")
	}
	programs := map[string]string{"worker": workerPackage, "simulator": simulatorPackage}
	if o.profile != "" {
		programs["worker"] = profiledPackage
	}
	for name, from := range programs {
		w.say("building the " + name)
		build := exec.CommandContext(ctx, "go", "build", "-o", w.file(name), from)
		build.Stderr = errOut
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("go build %s: %w; the bench runs inside the repository", from, err)
		}
	}
	var err error
	if w.temporal, err = temporal.Start(ctx, temporal.Options{DBFile: w.file("temporal.db"), Logger: w.quiet}); err != nil {
		return nil, err
	}
	w.client, err = w.temporal.Dial(ctx, client.Options{Logger: log.NewStructuredLogger(w.quiet)})
	return w, err
}

func (w *world) close() {
	if w.client != nil {
		w.client.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := w.temporal.Stop(ctx); err != nil {
		w.say("Temporal did not stop in order: " + err.Error())
	}
}

func (w *world) file(name string) string { return filepath.Join(w.folder, name) }

func (w *world) say(what string) { fmt.Fprintf(w.errOut, "bench: %s\n", what) }

// process is one that the bench started.
type process struct {
	command *exec.Cmd
	log     *os.File
}

func (w *world) start(name string, environment []string, arguments ...string) (*process, io.Reader, error) {
	output, err := os.Create(w.file(name + ".log"))
	if err != nil {
		return nil, nil, err
	}
	p := &process{command: exec.Command(w.file(name), arguments...), log: output}
	p.command.Env, p.command.Stderr = append(os.Environ(), environment...), output
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, nil, fmt.Errorf("start the %s: %w", name, err)
	}
	return p, out, nil
}

// stop ends a process and gives the most memory it has held, in bytes.
func (p *process) stop() (int64, error) {
	defer p.log.Close()
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid)) // on Linux alone
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	late := time.AfterFunc(stopTime, func() { _ = p.command.Process.Kill() }) // gone by then: all the better
	defer late.Stop()
	err := p.command.Wait()
	if peak, ok := processPeak(string(status)); ok {
		return peak, err
	}
	return peakMemory(p.command.ProcessState), err
}

var addressPattern = regexp.MustCompile(`http://[^,\s]+`)

// simulator starts one and gives its address once it has loaded its contacts.
func (w *world) simulator(contacts int, flags ...string) (*process, string, error) {
	arguments := append([]string{"-listen", "127.0.0.1:0", "-contacts", fmt.Sprint(contacts), "-prefix", "acme",
		"-column", statusColumn + ":string:100", "-column", otherColumn + ":string:100"}, flags...)
	p, out, err := w.start("simulator", nil, arguments...)
	if err != nil {
		return nil, "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address := addressPattern.FindString(line)
	if address == "" {
		_, _ = p.stop() // the log says more than how it ended
		return nil, "", fmt.Errorf("the simulator did not start (%w): %s", err, p.log.Name())
	}
	return p, address, nil
}

// worker starts one for a simulator, with a store of its own.
func (w *world) worker(address, store string) (*process, error) {
	p, _, err := w.start("worker", []string{
		"TEMPORAL_ADDRESS=" + w.temporal.Address(), "TEMPORAL_NAMESPACE=" + w.temporal.Namespace(),
		"STORE_URL=" + store, "LOG_LEVEL=warn", "WORKER_LISTEN=", "DYNAMICS_DESTINATIONS=", "SOURCE_ROOTS=", "DYNAMICS_ENVIRONMENT=" + address,
		"DYNAMICS_AUTHORITY=" + address, "DYNAMICS_TENANT_ID=" + tenant, "DYNAMICS_CLIENT_ID=" + clientID,
		"DYNAMICS_CLIENT_SECRET=" + clientSecret, "DYNAMICS_PREFIX=acme", "BENCH_PROFILE=" + w.profile,
	})
	return p, err
}

// activate runs an activation to its end and gives its trace. Whatever was not exported as it
// should be is an error.
func (w *world) activate(ctx context.Context, file, store string, contacts int) (trace, error) {
	var started bytes.Buffer
	app := &command.App{
		Temporal: w.client, Namespace: w.temporal.Namespace(), StoreURL: store, Out: &started, Err: io.Discard, Format: "json",
	}
	if err := app.Activate(ctx, command.ActivateOptions{File: file, Detach: true}); err != nil {
		return trace{}, err
	}
	id := workflows.ActivateID(destination, audienceID)
	described, err := w.client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return trace{}, err
	}
	first := described.GetWorkflowExecutionInfo().GetFirstRunId()
	var report runs.Report
	if err := w.client.GetWorkflow(ctx, id, "").Get(ctx, &report); err != nil {
		return trace{}, fmt.Errorf("activate: %w", err)
	}
	if err := expectMatch(report, contacts); err != nil {
		return trace{}, err
	}
	return traceOf(ctx, w.client, id, first)
}

// expectMatch makes sure that what was measured has also been done.
func expectMatch(r runs.Report, contacts int) error {
	if r.Status != runs.StatusCompleted || r.Validation == nil || r.Validation.Verdict != runs.VerdictMatch {
		return fmt.Errorf("the activation ended as %s, or its validation found a difference: numbers of it say nothing", r.Status)
	}
	if r.Activated+r.Unchanged != int64(contacts) {
		return fmt.Errorf("%d contacts were activated and %d found unchanged, not %d", r.Activated, r.Unchanged, contacts)
	}
	return nil
}
