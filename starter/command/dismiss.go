package command

import (
	"context"

	"github.com/spf13/cobra"

	"audienceflow/audience"
	"audienceflow/report"
	"audienceflow/store/staging"
)

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
