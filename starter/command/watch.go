package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
	"audienceflow/starter/terminal"
	"audienceflow/workflows"
)

const (
	// lookEvery is how often a followed run is asked how far it is.
	lookEvery = 500 * time.Millisecond
	// answerTime bounds one such question: a worker that is being restarted answers the next one.
	answerTime = 10 * time.Second
)

// follow watches a run until it is closed or waits for a person, and returns its last report.
func (a *App) follow(ctx context.Context, run client.WorkflowRun, shown *terminal.Progress) (runs.Report, error) {
	closed := make(chan struct{})
	var final runs.Report
	var finalErr error
	go func() {
		defer close(closed)
		final, finalErr = outcome(ctx, run)
	}()
	numbers := a.latestNumbers()
	defer numbers.close()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-closed:
			if ctx.Err() != nil {
				return final, leftRunning(run.GetID())
			}
			if finalErr == nil {
				shown.Show(final)
			}
			return final, finalErr
		case <-ctx.Done():
			return final, leftRunning(run.GetID())
		case <-ticker.C:
			report, err := a.query(ctx, run.GetID())
			if err != nil {
				continue
			}
			a.addSteps(ctx, &report)
			numbers.add(ctx, &report)
			shown.Show(report)
			if report.NeedsPerson && report.Status != runs.StatusPausing {
				return report, nil
			}
		}
	}
}

// watch waits for the result of a validation and shows how far that is. One of an older worker is
// silent.
func (a *App) watch(ctx context.Context, run client.WorkflowRun, out any) error {
	done := make(chan error, 1)
	go func() { done <- run.Get(ctx, out) }()
	shown := a.progress(1)
	defer shown.Close()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			if r, err := a.queryValidation(ctx, run.GetID()); err == nil {
				shown.Show(r)
			}
		}
	}
}

// progress shows how far so many runs are.
func (a *App) progress(of int) *terminal.Progress {
	if a.Dumb {
		return terminal.NewLines(a.Err, of)
	}
	return terminal.NewProgress(a.Err, of)
}

func leftRunning(id string) error {
	return &Exit{Code: ExitLeft, Err: fmt.Errorf("%s goes on without this command: watch it with \"starter status %s\", end it with \"starter cancel %s\"", id, id, id)}
}

// query asks a run for its report.
func (a *App) query(ctx context.Context, id string) (runs.Report, error) {
	return a.ask(ctx, id, workflows.QueryStatus)
}

// queryValidation asks a validation for its report. One that is held with its destination does not
// hear that the pause has got another time: the pause tells.
func (a *App) queryValidation(ctx context.Context, id string) (runs.Report, error) {
	r, err := a.ask(ctx, id, workflows.QueryReport)
	if err != nil || !r.DestinationPaused {
		return r, err
	}
	if hold := a.holdOf(ctx, r.Destination); hold != nil {
		p := hold.Pause
		r.Reason, r.By, r.Until = workflows.DestinationReason(r.Destination, p), p.By, nil
		if !p.Until.IsZero() {
			r.Until = &p.Until
		}
	}
	return r, nil
}

func (a *App) ask(ctx context.Context, id, query string) (runs.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var report runs.Report
	value, err := a.Temporal.QueryWorkflow(ctx, id, "", query)
	if err != nil {
		return report, err
	}
	return report, value.Get(&report)
}

// outcome waits until a run is closed and takes its report from its result, or from the error that
// it ended with.
func outcome(ctx context.Context, run client.WorkflowRun) (runs.Report, error) {
	var report runs.Report
	err := run.Get(ctx, &report)
	if err == nil {
		return report, nil
	}
	if ctx.Err() != nil {
		return report, ctx.Err()
	}
	return reportOf(err, run.GetID())
}

// reportOf takes the report out of the error that a run ended with.
func reportOf(err error, id string) (runs.Report, error) {
	report := runs.Report{WorkflowID: id, NumbersFrom: runs.NumbersNowhere}
	report.Kind, report.Destination, report.Audience, _ = workflows.SplitID(id)
	var app *temporal.ApplicationError
	var canceled *temporal.CanceledError
	var terminated *temporal.TerminatedError
	switch {
	case errors.As(err, &app) && app.HasDetails():
		return told(app.Details)
	case errors.As(err, &canceled):
		if last, err := told(canceled.Details); err == nil { // a stream's are the SDK's own, a text
			return last, nil
		}
		report.Status, report.Reason = runs.StatusCanceled, "canceled"
		return report, nil
	case errors.As(err, &terminated):
		report.Status, report.Reason = runs.StatusCanceled, "terminated in Temporal"
		return report, nil
	}
	report.Status, report.Reason = runs.StatusFailed, err.Error()
	return report, nil
}

// told is the report among the details of an error.
func told(details func(...any) error) (report runs.Report, err error) {
	err = details(&report)
	return report, err
}

// followAll follows runs at the same time; their reports come in the order of the runs.
func (a *App) followAll(ctx context.Context, started []client.WorkflowRun) ([]runs.Report, error) {
	reports := make([]runs.Report, len(started))
	errs := make([]error, len(started))
	done := make(chan int)
	shown := a.progress(len(started))
	defer shown.Close()
	for i, run := range started {
		go func() {
			reports[i], errs[i] = a.follow(ctx, run, shown)
			done <- i
		}()
	}
	for range started {
		<-done
	}
	return reports, errors.Join(errs...)
}

func newFollow(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "follow ID",
		Short: "Watch a run until it has ended or waits for a person",
		Long: `Watches a run as activate does that has started it: a run that was started with --detach, by a schedule or by somebody else.
It ends with the run's exit code. Ctrl-C ends the watching, and the run goes on. A stream has no end of its own.`,
		Example:           `  starter follow activate/dynamics/vip`,
		Args:              oneID,
		ValidArgsFunction: a.completeIDs(underWay),
		RunE:              func(c *cobra.Command, args []string) error { return a.Follow(c.Context(), args[0]) },
	}
}

// Follow watches a run, prints its last report, and exits as the run has ended.
func (a *App) Follow(ctx context.Context, id string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return a.statusFromStore(ctx, id, err)
	}
	run := a.Temporal.GetWorkflow(ctx, id, "")
	switch described.GetWorkflowExecutionInfo().GetType().GetName() {
	case workflows.ActivateAudienceType, workflows.StreamAudienceType:
	case workflows.ValidateExportType:
		return a.followValidation(ctx, run)
	default:
		return usage("%s is no run to follow: \"starter list\" shows what is", id)
	}
	reports, err := a.followAll(ctx, []client.WorkflowRun{run})
	if err != nil {
		return err
	}
	a.addCanceler(ctx, &reports[0])
	if err := a.printReports(reports); err != nil {
		return err
	}
	return exit(worst(reports))
}

// followValidation waits for a verdict.
func (a *App) followValidation(ctx context.Context, run client.WorkflowRun) error {
	out := validationReport{Mismatches: []mismatch{}}
	if err := a.await(ctx, run, &out.Validation); err != nil {
		return err
	}
	if out.Mismatched+out.Missing+out.Unexpected > 0 {
		found, err := a.mismatches(ctx, out.StoreID, out.Validation)
		if err != nil {
			a.notef("the contacts that differ cannot be shown: %v", err)
		}
		out.Mismatches = found
	}
	if err := a.printValidations([]validationReport{out}); err != nil {
		return err
	}
	if out.Verdict == runs.VerdictMismatch {
		return exit(ExitMismatch)
	}
	return nil
}
