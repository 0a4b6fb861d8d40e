package command

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"audienceflow/runs"
	"audienceflow/workflows"
)

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
