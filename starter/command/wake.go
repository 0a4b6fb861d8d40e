package command

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/connect"
	"audienceflow/runs"
	"audienceflow/store/inbox"
	"audienceflow/workflows"
)

// connectLazily makes a client that connects when it is first used: profiles are received also
// while Temporal is away.
func (a *App) connectLazily() error {
	if a.Temporal != nil {
		return nil
	}
	options, err := temporalOptions()
	if err != nil {
		return err
	}
	a.options = options
	if a.Temporal, err = client.NewLazyClient(options); err != nil {
		return usage("TEMPORAL_* environment: %w", err)
	}
	a.Namespace = connect.Namespace(options)
	return nil
}

// waker wakes StreamAudience workflows.
type waker struct {
	app *App
	// plain is set once the namespace turned out not to know the search attributes.
	plain atomic.Bool
}

// Wake signals the stream's workflow, and starts it if it is not running. Its error says why
// Temporal cannot be used.
func (w *waker) Wake(ctx context.Context, stream inbox.StreamKey) error {
	if err := w.wakeAnyhow(ctx, stream); err != nil {
		return connect.Explain(context.WithoutCancel(ctx), w.app.options, err)
	}
	return nil
}

func (w *waker) wakeAnyhow(ctx context.Context, stream inbox.StreamKey) error {
	if !w.plain.Load() {
		err := w.wake(ctx, workflows.StreamInput{Stream: stream, SearchAttributes: true})
		var invalid *serviceerror.InvalidArgument
		if !errors.As(err, &invalid) {
			return err
		}
		w.plain.Store(true)
	}
	return w.wake(ctx, workflows.StreamInput{Stream: stream})
}

func (w *waker) wake(ctx context.Context, in workflows.StreamInput) error {
	stream := in.Stream
	id := workflows.StreamID(stream.Destination, stream.Audience)
	options := client.StartWorkflowOptions{
		ID:                    id,
		TaskQueue:             workflows.TaskQueue(stream.Destination),
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         clip(fmt.Sprintf("Stream %s into %s", stream.Audience, stream.Destination)),
	}
	if in.SearchAttributes {
		options.TypedSearchAttributes = temporal.NewSearchAttributes(
			workflows.SearchDestination.ValueSet(stream.Destination),
			workflows.SearchAudience.ValueSet(stream.Audience),
			workflows.SearchStatus.ValueSet(runs.StatusRunning),
		)
	}
	_, err := w.app.Temporal.SignalWithStartWorkflow(ctx, id, workflows.Wake.Name, workflows.Order{}, options, workflows.StreamAudienceType,
		in)
	return err
}

// Awake reports whether the stream's workflow is running.
func (w *waker) Awake(ctx context.Context, stream inbox.StreamKey) (bool, error) {
	described, err := w.app.Temporal.DescribeWorkflowExecution(ctx, workflows.StreamID(stream.Destination, stream.Audience), "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return described.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, nil
}
