package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/workflows"
)

const (
	// startTime is how long a worker that has just been started may take to tell of its
	// destination.
	startTime = 5 * time.Second
	lookAgain = 250 * time.Millisecond
)

// known makes sure that there is such a destination: a worker serves it, or something to it is
// under way.
func (a *App) known(ctx context.Context, destination string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if !destinationName(destination) {
		return usage("%q is no destination's name%s", destination, a.others(ctx, destination))
	}
	open, err := a.openRuns(ctx, destination)
	if err != nil || len(open) > 0 {
		return err
	}
	if hold, err := a.Temporal.DescribeWorkflowExecution(ctx, workflows.HoldID(destination), ""); err == nil &&
		hold.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil
	}
	names := a.destinations(ctx)
	if len(names) == 0 || slices.Contains(names, destination) {
		return a.needWorker(ctx, destination)
	}
	if !a.awaitWorker(ctx, destination) { // a slip of the pen is told soon
		return unknownDestination(destination, names)
	}
	return nil
}

func unknownDestination(destination string, names []string) error {
	return usage("nobody knows a destination %q; known destinations: %s", destination, strings.Join(names, ", "))
}

// awaitWorker gives a worker that has just been started time to tell of its destination.
func (a *App) awaitWorker(ctx context.Context, destination string) bool {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for !a.served(ctx, destination) {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}

// served reports whether a worker polls the destination's queue at the moment.
func (a *App) served(ctx context.Context, destination string) bool {
	fresh, err := a.pollers(ctx, destination)
	return err == nil && fresh
}

func destinationName(name string) bool {
	return name != "" && !strings.ContainsAny(name, "/ \t\r\n\"'")
}

// others names the destinations that there are beside one that is not served; "" where none is
// known.
func (a *App) others(ctx context.Context, destination string) string {
	names := a.destinations(ctx)
	names = slices.DeleteFunc(names, func(name string) bool { return name == destination })
	if len(names) == 0 {
		return ""
	}
	return "; known destinations: " + strings.Join(names, ", ")
}

// destinations are those that workers serve, as they tell Temporal every minute, those that
// something has run to of late, and those that the store knows, where the starter can look into it.
func (a *App) destinations(ctx context.Context) []string {
	names := a.servedDestinations(ctx)
	looked := 0
	err := a.pages(ctx, `ExecutionStatus != "ContinuedAsNew"`, func(page []listed) bool {
		for _, l := range page {
			if l.Destination != "" && slices.Contains(ourKinds, l.Kind) {
				names = append(names, l.Destination)
			}
		}
		looked += len(page)
		return looked < lateRuns
	})
	if err != nil {
		a.notef("not every destination is known: %v", err)
	}
	if s, err := a.openStore(ctx); err == nil {
		defer a.closeStore(s)
		if kept, err := s.Destinations(ctx); err == nil {
			names = append(names, kept...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// lateRuns is how many runs are looked through for destinations: one that is used has a run among
// them.
const lateRuns = 10_000

// servedDestinations are those whose workers tell Temporal so; an older server does not know it.
func (a *App) servedDestinations(ctx context.Context) []string {
	var names []string
	ask := &workflowservice.ListWorkersRequest{Namespace: a.Namespace, PageSize: listPage}
	for {
		r, err := a.Temporal.WorkflowService().ListWorkers(ctx, ask)
		if err != nil {
			return names
		}
		for _, w := range r.GetWorkers() {
			if name, ok := workflows.DestinationOf(w.GetTaskQueue()); ok {
				names = append(names, name)
			}
		}
		if ask.NextPageToken = r.GetNextPageToken(); len(ask.NextPageToken) == 0 {
			return names
		}
	}
}

// ourKinds are the beginnings of our workflow ids.
var ourKinds = []string{"activate", "plan", "validate", "stream", "check", "hold", "rebind"}

func newDestination(a *App) *cobra.Command {
	c := &cobra.Command{
		Use:     "destination",
		Short:   "Say which environment a destination's ledger is about",
		Example: `  starter destination rebind dynamics --keep-ledger`,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return usage("name what to do with the destination: rebind")
		},
	}
	c.AddCommand(newRebind(a))
	return c
}

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
