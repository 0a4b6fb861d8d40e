package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"

	"audienceflow/activities"
	"audienceflow/workflows"
)

func newPause(a *App) *cobra.Command {
	return newSignal(a, "pause", "Hold a run: what is under way is finished and booked, nothing new starts", workflows.Pause)
}

func newResume(a *App) *cobra.Command {
	return newSignal(a, "resume", "Let a paused run go on", workflows.Resume)
}

func newApprove(a *App) *cobra.Command {
	return newSignal(a, "approve", "Let a run go on that a guard holds", workflows.Approve)
}

func newSignal(a *App, name, short string, signal workflows.Signal) *cobra.Command {
	var reason, destination string
	c := &cobra.Command{
		Use:   name + " ID",
		Short: short,
		Example: fmt.Sprintf(`  starter %s activate/dynamics/vip --reason "maintenance tonight"
  starter %s --destination dynamics`, name, name),
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if (len(args) == 1) == (destination != "") {
				return usage("name a run (\"starter list\" shows their ids) or, with --destination, everything to one CRM")
			}
			return a.Signal(c.Context(), signal, args, destination, reason)
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why; shown wherever the run is")
	c.Flags().StringVar(&destination, "destination", "", "all runs to this destination")
	return c
}

// Signal sends a signal to one run, or to all that write to a destination, and prints where they stand.
func (a *App) Signal(ctx context.Context, signal workflows.Signal, ids []string, destination, reason string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if destination != "" {
		runs, err := a.openRuns(ctx, destination)
		if err != nil {
			return err
		}
		for _, r := range runs {
			ids = append(ids, r.WorkflowID)
		}
	}
	order := workflows.Order{Reason: reason, By: operator()}
	var reports []activities.Report
	for _, id := range ids {
		if err := a.Temporal.SignalWorkflow(ctx, id, "", signal.Name, order); err != nil {
			return notRunning(id, err)
		}
		reports = append(reports, a.whereIs(ctx, id))
	}
	if len(reports) == 0 {
		a.notef("nothing runs to %s", destination)
		return nil
	}
	return a.printReports(reports)
}

func newCancel(a *App) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:     "cancel ID",
		Short:   "End a run: what is under way is finished and booked, the rest stays as it is",
		Example: `  starter cancel activate/dynamics/vip`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return a.Cancel(c.Context(), args[0], reason) },
	}
	c.Flags().StringVar(&reason, "reason", "", "why; kept in the run's history")
	return c
}

// Cancel asks a run to end, waits until it has, and prints its report.
func (a *App) Cancel(ctx context.Context, id, reason string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if err := a.Temporal.CancelWorkflowWithOptions(ctx, cancelOptions(id, reason)); err != nil {
		return notRunning(id, err)
	}
	report, err := outcome(ctx, a.Temporal.GetWorkflow(ctx, id, ""))
	if err != nil {
		return leftRunning(id)
	}
	return a.printReports([]activities.Report{report})
}

func notRunning(id string, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return usage("%s is not running: \"starter list\" shows what is", id)
	}
	return &Exit{Code: ExitFailed, Err: fmt.Errorf("%s could not be reached: %w", id, err)}
}

// whereIs is a run's own report or, when no worker answers, what is known without one.
func (a *App) whereIs(ctx context.Context, id string) activities.Report {
	report, err := a.query(ctx, id)
	if err != nil {
		return unanswered(id)
	}
	report.Retrying = a.trouble(ctx, id)
	a.addBacklog(ctx, &report)
	return report
}

// unanswered is the report of a run that no worker answers for.
func unanswered(id string) activities.Report {
	_, destination, audience, _ := workflows.SplitID(id)
	return activities.Report{
		WorkflowID: id, Destination: destination, Audience: audience, Status: activities.StatusRunning,
		Reason:  "no worker answers for it: start one for destination " + destination,
		Numbers: activities.Numbers{Reasons: map[string]int64{}},
	}
}
