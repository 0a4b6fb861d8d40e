package command

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/workflows"
)

func newUnmap(a *App) *cobra.Command {
	var o UnmapOptions
	c := &cobra.Command{
		Use:   "unmap -f FILE",
		Short: "Clear the column wherever we set it, and free it for another audience",
		Long: `Clears the status column of every contact that still holds the word we wrote. Contacts that somebody has changed
since are listed as excluded (changed_since) and left alone. When everything is cleared the column is free.

--policy keep frees the column and leaves it as it is; --policy write:WORD writes a last word instead of clearing.`,
		Example: `  starter unmap -f vip.yaml --plan
  starter unmap -f vip.yaml
  starter unmap -f vip.yaml --policy write:former`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Unmap(c.Context(), o) },
	}
	fileFlag(c, &o.File)
	c.Flags().BoolVar(&o.Plan, "plan", false, "show what would be cleared; nothing is written to Dynamics 365")
	c.Flags().StringVar(&o.Policy, "policy", string(runs.UnmapClear), "what is left in the column: clear, keep or write:WORD")
	return c
}

// UnmapOptions say what is unmapped: the activations of File, by Policy. With Plan, nothing is
// written.
type UnmapOptions struct {
	File   string
	Plan   bool
	Policy string
}

// Unmap clears the columns of a file's activations.
func (a *App) Unmap(ctx context.Context, o UnmapOptions) error {
	policy := runs.UnmapPolicy(o.Policy)
	if err := policy.Check(); err != nil {
		return usage("--policy: %w", err)
	}
	list, err := load(o.File)
	if err != nil {
		return err
	}
	kind := runs.KindUnmap
	if o.Plan {
		kind = runs.KindPlan
	}
	for _, activation := range list {
		if err := a.runRows(ctx, activation, workflows.ActivateInput{Kind: kind, Rows: activities.RowsExported, Policy: policy}); err != nil {
			return err
		}
	}
	return nil
}

func newActivate(a *App) *cobra.Command {
	var o ActivateOptions
	c := &cobra.Command{
		Use:   "activate -f FILE",
		Short: "Write an audience into Dynamics 365 and follow the run",
		Long: `Starts one run per audience of the activation file and follows it until it has ended or waits for a person.
Only contacts and columns that changed are sent; --full sends everything. An audience that is streamed (source.stream) knows only
what arrives from its first start on: --backfill fills it from an export, before the stream starts or beside it.`,
		Example: `  starter activate -f vip.yaml
  starter activate -f vip.yaml --detach -o json
  starter activate -f streamed.yaml --backfill export.ndjson`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Activate(c.Context(), o) },
	}
	fileFlag(c, &o.File)
	c.Flags().BoolVar(&o.Full, "full", false, "send every row and column, also unchanged ones, but no value older than what was activated")
	c.Flags().BoolVar(&o.FailOnRejected, "fail-on-rejected", false, "exit with 5 when rows were excluded or have failed")
	c.Flags().StringVar(&o.Backfill, "backfill", "", "fill an audience that is streamed from this file or bucket")
	c.Flags().BoolVar(&o.Detach, "detach", false, "return as soon as the run has started")
	return c
}

// ActivateOptions say what is activated, and how.
type ActivateOptions struct {
	// File is the activation file.
	File string
	// Full sends every row and column, also unchanged ones.
	Full bool
	// FailOnRejected makes excluded and failed rows an exit code of their own.
	FailOnRejected bool
	// Backfill is the file or bucket that fills an audience which is streamed.
	Backfill string
	// Detach returns as soon as the runs have started.
	Detach bool
}

// Activate starts the activations of a file and follows them. Its error carries the exit code.
func (a *App) Activate(ctx context.Context, o ActivateOptions) error {
	list, err := load(o.File)
	if err == nil {
		list, err = backfill(list, o.Backfill)
	}
	if err != nil {
		return err
	}
	started, err := a.startAll(ctx, list, workflows.ActivateInput{Kind: runs.KindActivate, Full: o.Full})
	if err != nil {
		return err
	}
	if o.Detach {
		return a.printReports(a.detached(ctx, list, started))
	}
	reports, err := a.followAll(ctx, started)
	if err != nil {
		return err
	}
	if err := a.printReports(reports); err != nil {
		return err
	}
	code := worst(reports)
	if code == ExitDone && o.FailOnRejected && rejects(reports) {
		code = ExitRejected
	}
	return exit(code)
}

// rejects reports whether rows were excluded or have failed.
func rejects(reports []runs.Report) bool {
	return slices.ContainsFunc(reports, func(r runs.Report) bool { return r.Excluded+r.Failed > 0 })
}

// detached are the reports of runs that have only just started: what is known of them without
// asking a worker.
func (a *App) detached(ctx context.Context, list []audience.Activation, started []client.WorkflowRun) []runs.Report {
	reports := make([]runs.Report, len(started))
	for i, run := range started {
		activation := list[i]
		reports[i] = runs.Report{
			Run: run.GetRunID(), WorkflowID: run.GetID(), Kind: runs.KindActivate, Destination: activation.Destination,
			Audience: activation.Audience, Name: activation.Name, MappingID: activation.MappingID, Status: runs.StatusRunning,
			NumbersFrom: runs.NumbersNowhere, Numbers: runs.Numbers{Reasons: map[string]int64{}},
		}
		_ = a.addExecution(ctx, &reports[i]) // it has only just begun
	}
	return reports
}
