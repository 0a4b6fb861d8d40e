package command

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporalenv "go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/log"

	"audienceflow/connect"
	"audienceflow/environment"
	"audienceflow/starter/tracing"
	"audienceflow/version"
	"audienceflow/workflows"
)

const (
	// patience is how long a command waits for Temporal, its namespace and a worker.
	patience = 30 * time.Second
	// retryPause is the wait between two tries.
	retryPause = 500 * time.Millisecond
	// pollerFresh is how recently a worker must have polled to count as there: its polls last up to
	// a minute.
	pollerFresh = 70 * time.Second
)

// connect dials Temporal and makes sure that the namespace is there.
func (a *App) connect(ctx context.Context) error {
	if a.Temporal != nil {
		return nil
	}
	options, err := temporalOptions()
	if err != nil {
		return err
	}
	var traced tracing.Config
	if err := environment.Read("", &traced); err != nil {
		return usage("%w", err)
	}
	if a.traces, err = tracing.New(traced, "audienceflow-starter", version.Name()); err != nil {
		return usage("%w", err)
	}
	options.Interceptors = append(options.Interceptors, a.traces.Interceptors()...)
	return a.patiently(ctx, func() error {
		c, err := connect.To(ctx, options)
		if err != nil {
			return err
		}
		a.Temporal, a.Namespace = c, connect.Namespace(options)
		return nil
	})
}

// temporalOptions are those of the TEMPORAL_* environment.
func temporalOptions() (client.Options, error) {
	options, err := temporalenv.LoadClientOptions(temporalenv.LoadClientOptionsRequest{})
	if err != nil {
		return options, usage("TEMPORAL_* environment: %w", err)
	}
	options.Logger = log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	return options, nil
}

// Close ends the connection to Temporal.
func (a *App) Close() {
	if a.paper != nil {
		_ = a.paper.Close() // what cannot be printed any more is nobody's loss
	}
	if a.Temporal != nil {
		a.Temporal.Close()
	}
	if err := a.traces.Close(); err != nil {
		a.notef("the trace of this command was not sent: %v; check OTEL_EXPORTER_OTLP_ENDPOINT, the command itself is done", err)
	}
}

// needWorker makes sure that somebody serves the destination.
func (a *App) needWorker(ctx context.Context, destination string) error {
	queue := workflows.TaskQueue(destination)
	others := sync.OnceValue(func() string { return a.others(ctx, destination) })
	return a.patiently(ctx, func() error {
		there, err := a.pollers(ctx, destination)
		if err != nil {
			return fmt.Errorf("Temporal does not answer about task queue %s: %w", queue, err)
		}
		if there {
			return nil
		}
		return fmt.Errorf("no worker serves destination %q (task queue %s): start one with that destination's DYNAMICS_* environment (\"go run ./worker\")%s",
			destination, queue, others())
	})
}

// pollers reports whether a worker polls the destination's queue.
func (a *App) pollers(ctx context.Context, destination string) (bool, error) {
	r, err := a.Temporal.WorkflowService().DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: a.Namespace, TaskQueue: &taskqueue.TaskQueue{Name: workflows.TaskQueue(destination)},
		TaskQueueType: enums.TASK_QUEUE_TYPE_WORKFLOW,
	})
	if err != nil {
		return false, err
	}
	for _, p := range r.GetPollers() {
		if time.Since(p.GetLastAccessTime().AsTime()) < pollerFresh {
			return true, nil
		}
	}
	return false, nil
}

// patiently tries for a while, says at once what it is waiting for, and ends with the last error.
func (a *App) patiently(ctx context.Context, try func() error) error {
	deadline := time.Now().Add(patience)
	for told := ""; ; {
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return &Exit{Code: ExitLeft, Err: ctx.Err()}
		}
		if time.Now().After(deadline) {
			return &Exit{Code: ExitUsage, Err: err}
		}
		if err.Error() != told {
			told = err.Error()
			a.notef("%v; waiting up to %s", err, time.Until(deadline).Round(time.Second))
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryPause):
		}
	}
}
