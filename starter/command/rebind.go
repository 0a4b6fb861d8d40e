package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/workflows"
)

// rebindTime bounds a rebinding: a worker signs in, and may delete a large ledger.
const rebindTime = 10 * time.Minute

func newRebind(a *App) *cobra.Command {
	var keep, forget bool
	c := &cobra.Command{
		Use:   "rebind NAME --keep-ledger | --forget",
		Short: "Bind a destination's ledger to the organization that answers now",
		Long: `A destination's ledger is bound to the organization of its environment at its first use. Where another organization
answers, every command that reads or writes Dynamics 365 refuses, because what the ledger says is true of the first alone.

--keep-ledger  the contacts have moved there with all their data, by a migration of the tenant, say: go on as before.
--forget       it is another environment: forget what was exported and which audience owns which column; the next run
               reads every contact before it writes.`,
		Example: `  starter destination rebind dynamics --keep-ledger
  starter destination rebind dynamics --forget`,
		Args: oneArg("destination", "dynamics --keep-ledger (\"starter destinations\" shows them)"),
		RunE: func(c *cobra.Command, args []string) error {
			if keep == forget {
				return usage("say what becomes of the ledger of %s: --keep-ledger or --forget", args[0])
			}
			return a.Rebind(c.Context(), activities.RebindDestinationInput{Destination: args[0], Forget: forget})
		},
	}
	c.Flags().BoolVar(&keep, "keep-ledger", false, "the contacts have moved with all their data")
	c.Flags().BoolVar(&forget, "forget", false, "forget what was exported, and begin anew")
	return c
}

// Rebind binds a destination to the organization that its worker reaches now.
func (a *App) Rebind(ctx context.Context, in activities.RebindDestinationInput) error {
	if err := a.known(ctx, in.Destination); err != nil {
		return err
	}
	run, err := a.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.RebindID(in.Destination),
		TaskQueue:                workflows.TaskQueue(in.Destination),
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionTimeout: rebindTime,
		StaticSummary:            clip("Bind the ledger of " + in.Destination + " to its environment"),
	}, workflows.RebindDestinationType, in)
	if err != nil {
		return &Exit{Code: ExitFailed, Err: fmt.Errorf("rebind destination %s: %w", in.Destination, err)}
	}
	var out activities.RebindDestinationResult
	err = run.Get(ctx, &out)
	var app *temporal.ApplicationError
	switch {
	case errors.As(err, &app) && app.Type() == activities.ErrRunsUnderWay:
		return usage("%s", app.Message())
	case errors.As(err, &app):
		return &Exit{Code: ExitFailed, Err: errors.New(app.Message())}
	case err != nil:
		return &Exit{Code: ExitFailed, Err: fmt.Errorf("rebind destination %s: %w", in.Destination, err)}
	}
	if a.Format == "json" {
		return a.json(out)
	}
	a.printf("destination %s is bound to organization %s (%s); its ledger is %s\n",
		in.Destination, out.Now.OrganizationID, out.Now.Address, out.Ledger)
	if before := out.Before; before.OrganizationID != "" && before.OrganizationID != out.Now.OrganizationID {
		a.printf("it was bound to organization %s (%s)\n", before.OrganizationID, before.Address)
	}
	return nil
}
