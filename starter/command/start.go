package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// load reads an activation file; whatever is wrong with it is a usage error, one line per problem.
func load(path string) ([]audience.Activation, error) {
	if path == "" {
		return nil, usage("which activation? Name its file: -f FILE")
	}
	list, err := activation.Load(path)
	if err != nil {
		return nil, &Exit{Code: ExitUsage, Err: err}
	}
	return list, nil
}

// backfill lets audiences that are streamed be filled from a file or a bucket, "" for none: a
// stream knows only what arrives from its first start on.
func backfill(list []audience.Activation, from string) ([]audience.Activation, error) {
	if from == "" {
		return list, nil
	}
	scheme, _, remote := strings.Cut(from, "://")
	if remote && !slices.Contains(audience.BucketSchemes, scheme) {
		return nil, usage("--backfill %s: give a file, or the URL of a bucket: %s://", from, strings.Join(audience.BucketSchemes, "://, "))
	}
	if !remote {
		absolute, err := filepath.Abs(from)
		if err != nil {
			return nil, usage("--backfill %s: %w", from, err)
		}
		from = absolute
	}
	filled := slices.Clone(list)
	for i := range filled {
		source := &filled[i].Source
		if !source.Stream {
			return nil, usage("audience %s is not streamed: it is filled from its own source, without --backfill", filled[i].Audience)
		}
		source.Stream, source.URL, source.Format = false, from, cmp.Or(source.Format, "auto")
	}
	return filled, nil
}

// activateOptions are those of ActivateAudience under id.
func activateOptions(id, kind string, activation audience.Activation, summary string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                                       id,
		TaskQueue:                                workflows.TaskQueue(activation.Destination),
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            summary,
		StaticDetails:                            activation.Description,
		Memo:                                     map[string]any{workflows.MemoKind: kind},
	}
}

// start starts a workflow with search attributes, or without them where the namespace does not know
// them. The input is made to fit.
func (a *App) start(ctx context.Context, options client.StartWorkflowOptions, activation audience.Activation, workflow any, input func(searchable bool) any) (client.WorkflowRun, error) {
	options.TypedSearchAttributes = temporal.NewSearchAttributes(
		workflows.SearchDestination.ValueSet(activation.Destination),
		workflows.SearchAudience.ValueSet(activation.Audience),
		workflows.SearchStatus.ValueSet(runs.StatusRunning),
	)
	run, err := a.Temporal.ExecuteWorkflow(ctx, options, workflow, input(true))
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		options.TypedSearchAttributes = temporal.SearchAttributes{}
		run, err = a.Temporal.ExecuteWorkflow(ctx, options, workflow, input(false))
	}
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil, &Exit{Code: ExitUsage, Err: &alreadyRunning{id: options.ID, err: err}}
	}
	if err != nil {
		return nil, &Exit{Code: ExitFailed, Err: fmt.Errorf("start %s: %w", options.ID, err)}
	}
	return run, nil
}

// alreadyRunning says that a workflow is there already.
type alreadyRunning struct {
	id   string
	kind string
	err  error
}

func (e *alreadyRunning) Error() string {
	if e.kind == runs.KindReplay { // to end the run would be no help: its rows are on their way
		return fmt.Sprintf("%s is running: replay when it has ended, watch it with \"starter status %s\"", e.id, e.id)
	}
	return fmt.Sprintf("%s is already running: watch it with \"starter status %s\", or end it with \"starter cancel %s\"", e.id, e.id, e.id)
}

func (e *alreadyRunning) Unwrap() error { return e.err }

// startActivation starts one activation or dry run.
func (a *App) startActivation(ctx context.Context, activation audience.Activation, in workflows.ActivateInput) (client.WorkflowRun, error) {
	id, summary := workflows.ActivateID(activation.Destination, activation.Audience), "Activate"
	if in.Kind == runs.KindPlan {
		id, summary = workflows.PlanID(activation.Destination, activation.Audience), "Plan"
	}
	summary = fmt.Sprintf("%s %s in %s", summary, orDefault(activation.Name, activation.Audience), activation.Destination)
	return a.start(ctx, activateOptions(id, in.Kind, activation, clip(summary)), activation, workflows.ActivateAudienceType, func(searchable bool) any {
		in.Activation, in.SearchAttributes = activation, searchable
		return in
	})
}

// summaryBytes is what Temporal takes as a summary.
const summaryBytes = 400

func clip(s string) string {
	if len(s) <= summaryBytes {
		return s
	}
	return s[:summaryBytes-3] + "..."
}

// startAll starts one run per audience. When one cannot be started, the error says so; those
// started before go on.
func (a *App) startAll(ctx context.Context, list []audience.Activation, in workflows.ActivateInput) ([]client.WorkflowRun, error) {
	for _, activation := range list {
		if activation.Source.Stream {
			return nil, usage("audience %s is streamed: put its file into the folder of \"starter serve --activations\", which receives it; what it should hold before, fill in with --backfill SOURCE", activation.Audience)
		}
	}
	if err := a.connect(ctx); err != nil {
		return nil, err
	}
	var started []client.WorkflowRun
	for _, activation := range list {
		if err := a.needWorker(ctx, activation.Destination); err != nil {
			return nil, err
		}
	}
	for _, activation := range list {
		run, err := a.startActivation(ctx, activation, in)
		if err != nil {
			for _, run := range started {
				a.notef("started before: %s", run.GetID())
			}
			return nil, err
		}
		started = append(started, run)
	}
	return started, nil
}

// runRows starts a run over rows that the store knows, under the audience's own id, follows it and
// prints its report.
func (a *App) runRows(ctx context.Context, activation audience.Activation, in workflows.ActivateInput) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if err := a.needWorker(ctx, activation.Destination); err != nil {
		return err
	}
	id := workflows.ActivateID(activation.Destination, activation.Audience)
	if in.Kind == runs.KindPlan {
		id = workflows.PlanID(activation.Destination, activation.Audience)
	}
	summary := clip(fmt.Sprintf("%s of %s in %s", in.Kind, orDefault(activation.Name, activation.Audience), activation.Destination))
	run, err := a.start(ctx, activateOptions(id, in.Kind, activation, summary), activation, workflows.ActivateAudienceType, func(searchable bool) any {
		in.Activation, in.SearchAttributes = activation, searchable
		return in
	})
	var there *alreadyRunning
	if errors.As(err, &there) {
		there.kind = in.Kind
	}
	if err != nil {
		return err
	}
	reports, err := a.followAll(ctx, []client.WorkflowRun{run})
	if err != nil {
		return err
	}
	if err := a.printReports(reports); err != nil {
		return err
	}
	return exit(worst(reports))
}
