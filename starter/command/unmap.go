package command

import (
	"context"

	"github.com/spf13/cobra"

	"audienceflow/activities"
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
	c.Flags().StringVar(&o.Policy, "policy", string(activities.UnmapClear), "what is left in the column: clear, keep or write:WORD")
	return c
}

// UnmapOptions say what is unmapped: the activations of File, by Policy. With Plan, nothing is written.
type UnmapOptions struct {
	File   string
	Plan   bool
	Policy string
}

// Unmap clears the columns of a file's activations.
func (a *App) Unmap(ctx context.Context, o UnmapOptions) error {
	policy := activities.UnmapPolicy(o.Policy)
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
