package command

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
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
		Args:              oneID,
		ValidArgsFunction: a.completeIDs(rowsTaken),
		RunE:              func(c *cobra.Command, args []string) error { return a.Replay(c.Context(), args[0], file) },
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
		Kind: runs.KindReplay, Rows: activities.RowsFailed, Of: run.Run, Corrections: file,
	})
}

// pastRun finds a run with failed rows to replay, and the activation that it was started with.
func (a *App) pastRun(ctx context.Context, id string) (runlog.Run, audience.Activation, error) {
	s, run, err := a.openRun(ctx, id)
	if err != nil {
		return run, audience.Activation{}, err
	}
	defer a.closeStore(s)
	if run.Kind == runs.KindPlan {
		return run, audience.Activation{}, usage("run %s is a dry run, which has sent nothing and keeps nothing to be sent: activate its file", run.Run)
	}
	left, err := s.FailedRows(ctx, run.Run, "", 1)
	if err != nil {
		return run, audience.Activation{}, &Exit{Code: ExitFailed, Err: err}
	}
	if counts, err := s.Counts(ctx, run.Run); len(left) == 0 && err == nil && counts.Excluded > 0 && counts.Failed == 0 {
		return run, audience.Activation{}, usage("run %s has no failed rows left, and its %s cannot be replayed: mend the source and activate it again",
			run.Run, report.Counted(counts.Excluded, "excluded row"))
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

func newDismiss(a *App) *cobra.Command {
	return &cobra.Command{
		Use:   "dismiss RUN [CONTACT...]",
		Short: "Let failed rows of a run go: their staged values are deleted",
		Example: `  starter dismiss activate/dynamics/vip
  starter dismiss activate/dynamics/vip 0928bcb4-bb27-ed11-9db1-002248274ada`,
		Args:              someID,
		ValidArgsFunction: a.completeIDs(rowsTaken),
		RunE:              func(c *cobra.Command, args []string) error { return a.Dismiss(c.Context(), args[0], args[1:]) },
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
	gone, err := s.SetRejectedState(ctx, run.Run, staging.RejectedDismissed, contacts)
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
	a.printf("%s of run %s dismissed\n", report.Counted(gone, "row"), run.Run)
	return nil
}
