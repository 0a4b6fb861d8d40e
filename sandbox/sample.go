package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	enums "go.temporal.io/api/enums/v1"

	"audienceflow/audience/activation"
	"audienceflow/examples"
	"audienceflow/runs"
	"audienceflow/starter/command"
	"audienceflow/workflows"
)

const (
	// workerStartTime is how long a starting worker is awaited in silence: it signs in nowhere and
	// opens the store.
	workerStartTime = 10 * time.Second
	workerLook      = 50 * time.Millisecond
)

// activateSample activates the sample audience, prints its report and returns the exit code that
// goes with it.
func (s *sandbox) activateSample(ctx context.Context) int {
	place, err := s.folder.writeExamples()
	if err != nil {
		return complain(s.errOut, err, command.ExitFailed)
	}
	file := filepath.Join(place, examples.Sample)
	id, err := sampleID(file)
	if err != nil {
		return complain(s.errOut, err, command.ExitFailed)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	defer close(done)
	go s.watchWorker(cancel, done)
	s.awaitWorker(ctx)
	err = s.follow(ctx, id, file)
	if cause := context.Cause(ctx); cause != nil && cause != ctx.Err() {
		return complain(s.errOut, cause, command.ExitFailed)
	}
	if err == nil {
		err = s.checkVerdict(ctx, id)
	}
	code := command.Code(err)
	if err != nil && ctx.Err() == nil && !quiet(err) {
		complain(s.errOut, err, code)
	}
	return code
}

func sampleID(file string) (string, error) {
	list, err := activation.Load(file)
	if err != nil {
		return "", err
	}
	return workflows.ActivateID(list[0].Destination, list[0].Audience), nil
}

// watchWorker ends the activation when the worker cannot run: nobody else would serve it.
func (s *sandbox) watchWorker(cancel context.CancelCauseFunc, done <-chan struct{}) {
	select {
	case err := <-s.worker:
		cancel(fmt.Errorf("the worker has ended: %w", err))
	case <-done:
	}
}

// awaitWorker gives our own worker a moment to appear, before anybody complains that none is there.
func (s *sandbox) awaitWorker(ctx context.Context) {
	if !s.options.worker {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, workerStartTime)
	defer cancel()
	pause := time.NewTicker(workerLook)
	defer pause.Stop()
	for !s.served(ctx) {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

func (s *sandbox) served(ctx context.Context) bool {
	queue, err := s.client.DescribeTaskQueue(ctx, workflows.TaskQueue(sampleDestination), enums.TASK_QUEUE_TYPE_WORKFLOW)
	return err == nil && len(queue.GetPollers()) > 0
}

// follow activates the sample. A run that a killed sandbox left behind goes on by itself and is
// awaited first.
func (s *sandbox) follow(ctx context.Context, id, file string) error {
	if s.underWay(ctx, id) {
		fmt.Fprintf(s.errOut, "going on with %s, which the last session left under way\n", id)
		if err := s.client.GetWorkflow(ctx, id, "").Get(ctx, nil); err != nil && ctx.Err() != nil {
			return err // how it ended is told by the run that follows
		}
	}
	app := &command.App{
		Temporal: s.client, Namespace: s.temporal.Namespace(), StoreURL: s.storeURL,
		Out: s.out, Err: s.errOut, Format: s.format,
	}
	return app.Activate(ctx, command.ActivateOptions{File: file})
}

func (s *sandbox) underWay(ctx context.Context, id string) bool {
	described, err := s.client.DescribeWorkflowExecution(ctx, id, "")
	return err == nil && described.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// checkVerdict makes sure that a run which went well was also proven to have arrived.
func (s *sandbox) checkVerdict(ctx context.Context, id string) error {
	var report runs.Report
	if err := s.client.GetWorkflow(ctx, id, "").Get(ctx, &report); err != nil {
		return fmt.Errorf("the result of %s: %w", id, err)
	}
	if report.Validation == nil {
		return fmt.Errorf("%s ended without a validation", id)
	}
	if report.Validation.Verdict != runs.VerdictMatch {
		return &command.Exit{Code: command.ExitMismatch, Err: fmt.Errorf("the validation of %s says %s", id, report.Validation.Verdict)}
	}
	return nil
}

// quiet reports whether an error has said on stdout all that it has to say.
func quiet(err error) bool {
	e, ok := err.(*command.Exit)
	return ok && e.Quiet
}

// printLinks says where things are. They go to stderr where stdout is for a program.
func (s *sandbox) printLinks() {
	out := s.out
	if s.format == formatJSON {
		out = s.errOut
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	s.writeLinks(w)
	w.Flush()
	fmt.Fprintln(out, "\nCtrl-C ends it. Started again on the same folder, it goes on where it was.")
}

func (s *sandbox) writeLinks(w io.Writer) {
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("Temporal UI", "%s/namespaces/%s/workflows", s.temporal.UIURL(), url.PathEscape(s.temporal.Namespace()))
	row("Temporal", "%s (TEMPORAL_ADDRESS)", s.temporal.Address())
	if s.simulator != nil {
		row("Dynamics 365", "%s (simulated; contacts: %s/_simulator/contacts?select=contactid,fullname,acme_vipstatus)", s.simulator.URL, s.simulator.URL)
	}
	row("Store", "%s (STORE_URL)", withoutPassword(s.storeURL))
	row("Files", "%s", s.folder.path)
	next := "go run ./starter list"
	file := filepath.Join(s.folder.file(examplesFolder), examples.Sample)
	if _, err := os.Stat(file); err == nil { // without an activation nobody has put it there
		next += "    go run ./starter validate -f " + file
	}
	if !s.usual() {
		row("Commands", "export TEMPORAL_ADDRESS=%s STORE_URL=%s", s.temporal.Address(), withoutPassword(s.storeURL))
	}
	row("Next", "%s", next)
}

// usual reports whether commands find the sandbox without being told where it is.
func (s *sandbox) usual() bool {
	store, err := filepath.Abs(filepath.Join(defaultFolder, storeFile))
	return err == nil && s.temporal.Address() == "127.0.0.1:7233" &&
		(s.storeURL == "sqlite:"+store || s.storeURL == "sqlite:"+filepath.Join(defaultFolder, storeFile))
}

// withoutPassword is a store's URL as it may be shown.
func withoutPassword(store string) string {
	if u, err := url.Parse(store); err == nil && u.User != nil {
		return u.Redacted()
	}
	return store
}
