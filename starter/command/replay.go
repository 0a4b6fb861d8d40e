package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/store"
	"audienceflow/workflows"
)

func newReplay(a *App) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "replay RUN",
		Short: "Send the failed rows of a run again, as they are or with values put right",
		Long: `Sends the failed rows of a run that are still kept. With -f, values of a CSV file take the place of those that
failed: a column "line" or "contact" names the row, the other columns are targets of the mapping. The output of
"starter rejected -o csv" with a column "value" added works too; the apostrophe that it puts before a cell such as '-5 is
taken away. A row that was overtaken since is superseded.`,
		Example: `  starter replay activate/dynamics/vip
  starter replay activate/dynamics/vip -f corrected.csv`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.Replay(c.Context(), args[0], file) },
	}
	c.Flags().StringVarP(&file, "file", "f", "", "a CSV file with corrected values")
	return c
}

// Replay sends the failed rows of a run again and follows that.
func (a *App) Replay(ctx context.Context, id, file string) error {
	run, activation, err := a.pastRun(ctx, id)
	if err != nil {
		return err
	}
	if file != "" {
		if file, err = filepath.Abs(file); err != nil {
			return usage("%v", err)
		}
	}
	return a.runRows(ctx, activation, workflows.ActivateInput{
		Kind: activities.KindReplay, Rows: activities.RowsFailed, Of: run.Run, Corrections: file,
	})
}

// pastRun finds a run with failed rows to replay, and the activation that it was started with.
func (a *App) pastRun(ctx context.Context, id string) (store.Run, audience.Activation, error) {
	s, run, err := a.openRun(ctx, id)
	if err != nil {
		return run, audience.Activation{}, err
	}
	defer a.closeStore(s)
	left, err := s.FailedRows(ctx, run.Run, "", 1)
	if err != nil {
		return run, audience.Activation{}, &Exit{Code: ExitFailed, Err: err}
	}
	if len(left) == 0 {
		return run, audience.Activation{}, usage("run %s has no failed rows left: all were sent, dismissed or superseded, or it has passed RETENTION", run.Run)
	}
	activation, err := activities.ActivationOf(ctx, s, run.Run)
	if err != nil {
		return run, activation, &Exit{Code: ExitFailed, Err: err}
	}
	return run, activation, nil
}

// runRows starts a run over rows that the store knows, under the audience's own id, follows it and prints its report.
func (a *App) runRows(ctx context.Context, activation audience.Activation, in workflows.ActivateInput) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if err := a.needWorker(ctx, activation.Destination); err != nil {
		return err
	}
	id := workflows.ActivateID(activation.Destination, activation.Audience)
	if in.Kind == activities.KindPlan {
		id = workflows.PlanID(activation.Destination, activation.Audience)
	}
	summary := clip(fmt.Sprintf("%s of %s in %s", in.Kind, orDefault(activation.Name, activation.Audience), activation.Destination))
	run, err := a.start(ctx, activateOptions(id, activation, summary), activation, workflows.ActivateAudienceType, func(searchable bool) any {
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

func newDismiss(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "dismiss RUN [CONTACT...]",
		Short: "Let failed rows of a run go: their staged values are deleted",
		Example: `  starter dismiss activate/dynamics/vip
  starter dismiss activate/dynamics/vip 0928bcb4-bb27-ed11-9db1-002248274ada`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.Dismiss(c.Context(), args[0], args[1:]) },
	}
}

// Dismiss lets failed rows of a run go; all of them when no contact is named.
func (a *App) Dismiss(ctx context.Context, id string, contacts []string) error {
	s, run, err := a.openRun(ctx, id)
	if err != nil {
		return err
	}
	defer a.closeStore(s)
	for i, contact := range contacts {
		normal, ok := audience.NormalizeContactID(contact)
		if !ok {
			return usage("%q is no contact id: use a GUID as \"starter rejected\" shows it", contact)
		}
		contacts[i] = normal
	}
	gone, err := s.SetRejectedState(ctx, run.Run, store.RejectedDismissed, contacts)
	if err != nil {
		return &Exit{Code: ExitFailed, Err: err}
	}
	if run.Over() {
		if err := s.Purge(ctx, run.Run); err != nil {
			return &Exit{Code: ExitFailed, Err: err}
		}
	}
	if a.Format == "json" {
		return a.json(map[string]any{"run": run.Run, "dismissed": gone})
	}
	a.printf("%s of run %s dismissed\n", counted(gone, "row"), run.Run)
	return nil
}

func newUnmap(a *App) *cobra.Command {
	var file string
	var plan bool
	c := &cobra.Command{
		Use:   "unmap -f FILE",
		Short: "Clear the column wherever we set it, and free it for another audience",
		Long: `Clears the status column of every contact that still holds the word we wrote. Contacts that somebody has changed
since are listed as excluded (changed_since) and left alone. When everything is cleared the column is free.`,
		Example: `  starter unmap -f vip.yaml --plan
  starter unmap -f vip.yaml`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Unmap(c.Context(), file, plan) },
	}
	fileFlag(c, &file)
	c.Flags().BoolVar(&plan, "plan", false, "show what would be cleared; nothing is written to Dynamics 365")
	return c
}

// Unmap clears the columns of a file's activations.
func (a *App) Unmap(ctx context.Context, file string, plan bool) error {
	list, err := load(file)
	if err != nil {
		return err
	}
	kind := activities.KindUnmap
	if plan {
		kind = activities.KindPlan
	}
	for _, activation := range list {
		if err := a.runRows(ctx, activation, workflows.ActivateInput{Kind: kind, Rows: activities.RowsExported}); err != nil {
			return err
		}
	}
	return nil
}
