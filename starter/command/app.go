package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"audienceflow/environment"
	"audienceflow/starter/terminal"
	"audienceflow/starter/tracing"
	"audienceflow/store"
	"audienceflow/version"
)

// App is what commands work with. Temporal is dialled at first use unless it is set, with its
// namespace.
type App struct {
	Temporal  client.Client
	Namespace string
	options   client.Options
	traces    *tracing.Tracing // nil: none are made
	// StoreURL is the activation store that the starter reads; the worker's own, if the two are set
	// up alike.
	StoreURL string
	// Deployment is the worker deployment that commands are about where none is named; empty: any.
	Deployment string
	Out, Err   io.Writer
	// In answers questions, where it is a terminal.
	In io.Reader
	// Colours says that Out is a terminal which shows them.
	Colours bool
	// Width and ErrWidth are the columns of the terminals that Out and Err are; 0 where they are
	// none.
	Width, ErrWidth int
	paper           *terminal.Page
	separator       rune // of CSV; 0: a comma
	// Dumb says that Err is a terminal which cannot draw a line anew.
	Dumb bool
	// Format is "table", "json" or, where a command offers it, "csv".
	Format string
}

// openStore opens the starter's store, without making one that is not there.
func (a *App) openStore(ctx context.Context, with ...store.Option) (*store.Store, error) {
	if path, ok := sqlitePath(a.StoreURL); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, usage("no activation store at %s: set STORE_URL to the worker's store", a.StoreURL)
		}
	}
	s, err := store.Open(ctx, a.StoreURL, with...)
	if err != nil {
		return nil, &Exit{Code: ExitUsage, Err: err}
	}
	return s, nil
}

// closeStore closes a store after use. What was read or written stands already, so an error here is
// only told.
func (a *App) closeStore(s *store.Store) {
	if err := s.Close(); err != nil {
		a.notef("the store was not closed cleanly: %v", err)
	}
}

// storeOf opens the store and makes sure that it is the one that the run's worker uses.
func (a *App) storeOf(ctx context.Context, id string) (*store.Store, error) {
	s, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}
	if id != "" && s.ID() != id {
		a.closeStore(s)
		return nil, usage("the starter's STORE_URL (%s) is another store than the worker's: set it to the same one to see rows", a.StoreURL)
	}
	return s, nil
}

// operator is who runs this command, for the record of who paused what.
func operator() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return name
}

// sqlitePath is the file of an embedded store.
func sqlitePath(url string) (string, bool) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	return strings.TrimPrefix(path, "//"), ok
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// settings are what the starter itself reads; connecting to Temporal has its own variables.
type settings struct {
	StoreURL string `envconfig:"STORE_URL" default:"sqlite:data/audienceflow.db"`
	// Deployment is the workers' own.
	Deployment string `envconfig:"WORKER_DEPLOYMENT"`
	// NoColor, whatever it is, and a dumb terminal get no colours: https://no-color.org.
	NoColor  string `envconfig:"NO_COLOR"`
	Terminal string `envconfig:"TERM"`
}

// colours reports whether what is printed to out may have them.
func (s settings) colours(out io.Writer) bool {
	return terminal.File(out) != nil && s.NoColor == "" && s.Terminal != dumb
}

// dumb is the terminal that shows lines and no more.
const dumb = "dumb"

// Run runs the command line and returns the exit code. Results go to out, everything else to
// errOut.
func Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var env settings
	if err := environment.Read("", &env); err != nil {
		fmt.Fprintln(errOut, "starter:", err)
		return ExitUsage
	}
	a := &App{StoreURL: env.StoreURL, Deployment: env.Deployment, Out: out, Err: errOut, In: os.Stdin, Format: "table", Colours: env.colours(out),
		Width: terminal.WidthOf(out), ErrWidth: terminal.WidthOf(errOut), Dumb: env.Terminal == dumb}
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
activation store is (default sqlite:data/audienceflow.db), WORKER_DEPLOYMENT which worker deployment is meant, if there are several.

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
	// Not cobra's own: its template keeps the linker from leaving out what nobody calls, six
	// megabytes.
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
		newReplay(a), newDismiss(a), newContact(a), newMembers(a), newUnmap(a), newSchedule(a), newDestinations(a), newDestination(a), newDeployment(a), newStore(a), newServe(a))
	return root
}
