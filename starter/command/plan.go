package command

import (
	"context"

	"github.com/spf13/cobra"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store"
	"audienceflow/workflows"
)

// previewRows is how many rows a dry run shows before and after.
const previewRows = 20

func newPlan(a *App) *cobra.Command {
	var o PlanOptions
	c := &cobra.Command{
		Use:   "plan -f FILE",
		Short: "Show what an activation would do; nothing is written to Dynamics 365",
		Example: `  starter plan -f vip.yaml
  starter plan -f vip.yaml -o json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Plan(c.Context(), o) },
	}
	fileFlag(c, &o.File)
	c.Flags().StringVar(&o.Backfill, "backfill", "", "plan as activate --backfill would")
	c.Flags().BoolVar(&o.Full, "full", false, "plan as activate --full would")
	return c
}

// plannedReport is a dry run's report with its first rows.
type plannedReport struct {
	runs.Report
	First []plannedRow `json:"first"`
	// byContact is set where these are not the first of the source.
	byContact bool
}

type plannedRow struct {
	Contact string          `json:"contact"`
	Line    int64           `json:"line"`
	Place   string          `json:"-"`
	Changes []plannedChange `json:"changes"`
}

type plannedChange struct {
	Column string  `json:"column"`
	Before *string `json:"before"`
	After  *string `json:"after"`
	// Known is false where the value before is not known to the ledger.
	Known bool `json:"known"`
}

// PlanOptions say what is planned: the activations of File or, with Full, all of their rows and
// columns.
type PlanOptions struct {
	File string
	Full bool
	// Backfill is the file or bucket that would fill an audience which is streamed.
	Backfill string
}

// Plan makes dry runs of the activations of a file and prints them.
func (a *App) Plan(ctx context.Context, o PlanOptions) error {
	list, err := load(o.File)
	if err == nil {
		list, err = backfill(list, o.Backfill)
	}
	if err != nil {
		return err
	}
	started, err := a.startAll(ctx, list, workflows.ActivateInput{Kind: runs.KindPlan, Full: o.Full})
	if err != nil {
		return err
	}
	reports, err := a.followAll(ctx, started)
	if err != nil {
		return err
	}
	a.addDetails(reports)
	planned := make([]plannedReport, len(reports))
	for i, r := range reports {
		planned[i] = plannedReport{Report: r, First: []plannedRow{}}
		if r.Status == runs.StatusCompleted {
			if planned[i].First, planned[i].byContact, err = a.firstRows(ctx, r); err != nil {
				a.notef("the first rows cannot be shown: %v", err)
			}
		}
	}
	if err := a.printPlans(planned); err != nil {
		return err
	}
	return exit(worst(reports))
}

// firstRows reads a dry run's first rows from the store: they name contacts, so they do not travel
// through Temporal.
func (a *App) firstRows(ctx context.Context, r runs.Report) (first []plannedRow, byContact bool, err error) {
	s, err := a.storeOf(ctx, r.StoreID)
	if err != nil {
		return []plannedRow{}, false, err
	}
	defer a.closeStore(s)
	rows, bySource, err := s.Preview(ctx, r.Run, previewRows)
	out := make([]plannedRow, 0, len(rows))
	for _, row := range rows {
		out = append(out, plannedRow{Contact: row.Contact, Line: row.Line, Place: audience.Place(row.Line, row.Position), Changes: changesOf(row)})
	}
	return out, !bySource, err
}

func changesOf(row store.PreviewRow) []plannedChange {
	changes := make([]plannedChange, len(row.Changes))
	for i, c := range row.Changes {
		changes[i] = plannedChange(c)
	}
	return changes
}

func (a *App) printPlans(plans []plannedReport) error {
	if a.Format == "json" {
		return printJSON(a, plans)
	}
	for _, p := range plans {
		a.printReport(p.Report)
		if len(p.First) > 0 {
			order := "in the order of the source"
			if p.byContact {
				order = "in the order of contact ids"
			}
			a.printf("\nFirst rows to be sent, %s:\n", order)
		}
		for _, row := range p.First {
			a.printf("  %s (%s)\n", row.Contact, row.Place)
			for _, c := range row.Changes {
				a.printf("    %-24s %s -> %s\n", c.Column, beforeText(c), valueText(c.After))
			}
		}
	}
	return nil
}

func beforeText(c plannedChange) string {
	if !c.Known {
		return "(not known)"
	}
	return valueText(c.Before)
}
