package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/store/runlog"
)

// reconcile ends runs that the store takes for open although Temporal has closed them without their
// knowing: terminated, timed out, or forgotten with a server that was set up anew. It can be
// repeated.
func reconcile(ctx context.Context, temporal client.Client, kept *store.Store, destination string) error {
	open, err := kept.Runs(ctx, runlog.Filter{Destination: destination, Open: true, Limit: openRuns})
	if err != nil {
		return err
	}
	for _, run := range open {
		reason, err := fateOf(ctx, temporal, run)
		if err != nil {
			return err
		}
		if reason == "" {
			continue
		}
		status, err := statusOf(ctx, temporal, run)
		if err != nil {
			return err
		}
		if err := end(ctx, kept, run, status, reason); err != nil {
			return err
		}
		slog.Info("a run that Temporal has closed is ended in the store", "run", run.Run, "workflow", run.WorkflowID, "reason", reason)
	}
	return nil
}

// reconcileEvery is how often a worker looks for such runs.
const reconcileEvery = 10 * time.Minute

// keepReconciled reconciles a destination's runs, at once and until ctx ends: a worker that was
// stopped for long may begin a run in the store that was canceled meanwhile.
func keepReconciled(ctx context.Context, temporal client.Client, kept *store.Store, destination string) {
	every(ctx, reconcileEvery, func() {
		if err := reconcile(ctx, temporal, kept, destination); err != nil && ctx.Err() == nil {
			slog.Warn("open runs could not be compared with Temporal", "destination", destination, "error", err)
		}
	})
}

// openRuns is more than are ever open at one destination.
const openRuns = 10_000

// fateOf says why a run is over in Temporal; "" while it goes on.
func fateOf(ctx context.Context, temporal client.Client, run runlog.Run) (string, error) {
	described, err := temporal.DescribeWorkflowExecution(ctx, run.WorkflowID, "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return "Temporal does not know this run any more", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask Temporal about %s: %w", run.WorkflowID, err)
	}
	info := described.GetWorkflowExecutionInfo()
	latest := info.GetFirstRunId()
	if latest == "" {
		latest = info.GetExecution().GetRunId()
	}
	switch {
	case run.Kind == runs.KindStream && info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return "", nil // a window; its stream goes on
	case latest != run.Run && run.Kind != runs.KindStream:
		return "it was closed in Temporal, and a later run has begun", nil
	case info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return "", nil
	}
	return "it was closed in Temporal: " + info.GetStatus().String(), nil
}

// statusOf is how a closed run ended: one that Temporal knows to have failed had written nothing,
// and a step of it was late to begin it here.
func statusOf(ctx context.Context, temporal client.Client, run runlog.Run) (string, error) {
	if run.Kind == runs.KindStream {
		return runs.StatusCanceled, nil
	}
	described, err := temporal.DescribeWorkflowExecution(ctx, run.WorkflowID, run.Run)
	var missing *serviceerror.NotFound
	var malformed *serviceerror.InvalidArgument
	switch {
	case errors.As(err, &missing), errors.As(err, &malformed): // an id that is none of Temporal's
		return runs.StatusCanceled, nil
	case err != nil:
		return "", fmt.Errorf("ask Temporal about run %s: %w", run.Run, err)
	case described.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		return runs.StatusFailed, nil
	}
	return runs.StatusCanceled, nil
}

// end closes a run with the numbers of its rows as they are.
func end(ctx context.Context, kept *store.Store, run runlog.Run, status, reason string) error {
	report, err := activities.ReportOf(ctx, kept, run)
	if err != nil {
		return err
	}
	report.Status, report.Reason = status, reason
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	return kept.EndRun(ctx, run.Run, status, reason, "", text)
}
