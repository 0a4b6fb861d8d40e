package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"audienceflow/environment"
	"audienceflow/version"
)

// settings are what the starter itself reads; connecting to Temporal has its own variables.
type settings struct {
	StoreURL string `envconfig:"STORE_URL" default:"sqlite:data/audienceflow.db"`
}

// Run runs the command line and returns the exit code. Results go to out, everything else to errOut.
func Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var env settings
	if err := environment.Read("", &env); err != nil {
		fmt.Fprintln(errOut, "starter:", err)
		return ExitUsage
	}
	a := &App{StoreURL: env.StoreURL, Out: out, Err: errOut, In: os.Stdin, Format: "table"}
	defer a.Close()
	root := newRoot(a)
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var e *Exit
	switch {
	case err == nil:
		return ExitDone
	case !errors.As(err, &e): // cobra's own: an unknown command, a wrong flag
		a.notef("starter: %v", err)
		return ExitUsage
	case !e.Quiet:
		a.notef("starter: %v", err)
	}
	return e.Code
}

func newRoot(a *App) *cobra.Command {
	root := &cobra.Command{
		Use:   "starter",
		Short: "Start, watch and steer audience activations into Microsoft Dynamics 365",
		Long: `Starts, watches and steers audience activations into Microsoft Dynamics 365.

Environment: TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE say where Temporal is, STORE_URL where the worker's
activation store is (default sqlite:data/audienceflow.db).

Exit codes: 0 done, 1 the run failed or was canceled, 2 usage or configuration, 3 validation found a mismatch,
4 the run waits for a person and goes on without this command, 5 with --fail-on-rejected: done, but rows were excluded or
failed, 130 the command was interrupted and the run goes on.`,
		Example: `  starter check -f vip.yaml
  starter plan -f vip.yaml
  starter activate -f vip.yaml`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			switch {
			case a.Format == "table", a.Format == "json", a.Format == "csv" && (c.Name() == "rejected" || c.Name() == "members"):
				return nil
			}
			return usage("-o %s: use table or json (rejected and members: also csv)", a.Format)
		},
	}
	// Not cobra's own: its template keeps the linker from leaving out what nobody calls, six megabytes.
	asked := root.Flags().Bool("version", false, "version of the starter")
	root.RunE = func(c *cobra.Command, _ []string) error {
		if *asked {
			_, err := fmt.Fprintln(c.OutOrStdout(), version.Of("starter"))
			return err
		}
		return c.Help()
	}
	root.PersistentFlags().StringVarP(&a.Format, "output", "o", "table", "table or json; rejected and members also csv")
	root.AddCommand(newCheck(a), newPlan(a), newActivate(a), newFollow(a), newStatus(a), newList(a), newPause(a), newResume(a),
		newCancel(a), newApprove(a), newValidate(a), newRejected(a),
		newReplay(a), newDismiss(a), newContact(a), newMembers(a), newUnmap(a), newSchedule(a), newDestinations(a), newDestination(a), newServe(a))
	return root
}
