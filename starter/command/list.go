package command

import (
	"context"
	"sort"
	"time"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/workflows"
)

func newList(a *App) *cobra.Command {
	var f listFilter
	c := &cobra.Command{
		Use:   "list",
		Short: "List runs, those under way first",
		Long: `Lists what runs and what has run, as far as Temporal remembers, the newest first. Of runs under way the status is the
one that they tell themselves: running, pausing, paused or waiting.`,
		Example: `  starter list -o json
  starter list --destination dynamics --status paused,waiting
  starter list --audience vip --kind activate --limit 10`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.List(c.Context(), f) },
	}
	c.Flags().StringVar(&f.destination, "destination", "", "only runs to this destination")
	c.Flags().StringVar(&f.audience, "audience", "", "only runs of this audience")
	c.Flags().StringSliceVar(&f.kinds, "kind", nil, "only these kinds: activate, validate, stream, hold")
	c.Flags().StringSliceVar(&f.statuses, "status", nil, "only these: running, pausing, paused, waiting, completed, failed, canceled")
	c.Flags().IntVar(&f.limit, "limit", 0, "show so many at most, 0 for all")
	return c
}

// listed is a workflow in the list.
type listed struct {
	WorkflowID  string `json:"workflowId"`
	Run         string `json:"run"`
	Kind        string `json:"kind"`
	Destination string `json:"destination"`
	Audience    string `json:"audience"`
	Status      string `json:"status"`
	// Reason, By and Since say why, by whom and since when it is held.
	Reason    string     `json:"reason,omitempty"`
	By        string     `json:"by,omitempty"`
	Since     *time.Time `json:"since,omitempty"`
	StartedAt time.Time  `json:"startedAt"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
}

// List prints what runs and what has run, as far as Temporal remembers.
func (a *App) List(ctx context.Context, f listFilter) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := a.connect(ctx); err != nil {
		return err
	}
	all, err := a.listing(ctx, f)
	if err != nil {
		return err
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].EndedAt == nil && all[j].EndedAt != nil })
	if f.limit > 0 && len(all) > f.limit {
		a.notef("the first %d: there are more, --limit shows them", f.limit)
		all = all[:f.limit]
	}
	if len(all) == 0 && f.narrow() && a.Format != "json" {
		a.printf("nothing that was asked for\n")
		return nil
	}
	return a.printListed(all)
}

func listedOf(info *workflow.WorkflowExecutionInfo) listed {
	l := listed{WorkflowID: info.GetExecution().GetWorkflowId(), Run: info.GetFirstRunId(), StartedAt: info.GetStartTime().AsTime()}
	if l.Run == "" {
		l.Run = info.GetExecution().GetRunId()
	}
	l.Kind, l.Destination, l.Audience, _ = workflows.SplitID(l.WorkflowID)
	if closed := info.GetCloseTime(); closed.IsValid() && !closed.AsTime().IsZero() && closed.GetSeconds() > 0 {
		at := closed.AsTime()
		l.EndedAt = &at
	}
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		l.Status = activities.StatusRunning
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		l.Status = activities.StatusCompleted
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		l.Status = activities.StatusCanceled
	default:
		l.Status = activities.StatusFailed
	}
	return l
}

func (a *App) printListed(all []listed) error {
	if a.Format == "json" {
		return a.json(all)
	}
	if len(all) == 0 {
		a.printf("nothing has run yet\n")
		return nil
	}
	t := a.table("WORKFLOW", "STATUS", "STARTED", "ENDED", "RUN")
	for _, l := range all {
		ended := "-"
		if l.EndedAt != nil {
			ended = l.EndedAt.Local().Format(report.TimeLayout)
		}
		t.Row(l.WorkflowID, l.Status, l.StartedAt.Local().Format(report.TimeLayout), ended, l.Run)
	}
	if err := t.End(); err != nil {
		return err
	}
	for _, l := range all {
		if l.Kind == "hold" && l.Since != nil {
			pause := activities.DestinationPause{Reason: l.Reason, By: l.By, Since: *l.Since}
			a.printf("\nDestination %s %s\nGo on: starter resume --destination %s\n", l.Destination, pause, l.Destination)
		}
	}
	return nil
}
