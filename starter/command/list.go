package command

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/safetext"
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
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.List(c.Context(), f) },
	}
	c.Flags().StringVar(&f.destination, "destination", "", "only runs to this destination")
	c.Flags().StringVar(&f.audience, "audience", "", "only runs of this audience")
	c.Flags().StringSliceVar(&f.kinds, "kind", nil, "only these kinds: "+strings.Join(listKinds, ", "))
	c.Flags().StringSliceVar(&f.statuses, "status", nil, "only these: running, pausing, paused, waiting, completed, failed, canceled, mismatch")
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
	// Verdict is that of a validation, or on what a run has written: match, mismatch, or empty
	// where there is none.
	Verdict string `json:"verdict"`
	// Retrying is the step under way that is being tried again, and what failed it last.
	Retrying string `json:"retrying,omitempty"`
	// Reason, By and Since say why, by whom and since when it is held.
	Reason string     `json:"reason,omitempty"`
	By     string     `json:"by,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	// Until is when it goes on by itself; nil where somebody has to say so.
	Until     *time.Time `json:"until,omitempty"`
	StartedAt time.Time  `json:"startedAt"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
	// Validation is the outcome of a validation, where one was asked for.
	Validation *runs.Validation `json:"validation,omitempty"`

	held string // how it stands and goes on, where somebody has to say so
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
	if err := a.knownToLists(ctx, f.destination, len(all)); err != nil {
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

// knownToLists says of a destination of which a list shows nothing that there is none of that name.
// One to which nothing has run yet is known by its worker or its ledger; where none is known at
// all, nothing can be told.
func (a *App) knownToLists(ctx context.Context, destination string, found int) error {
	if destination == "" || found > 0 || a.served(ctx, destination) {
		return nil
	}
	names := a.destinations(ctx)
	if len(names) == 0 || slices.Contains(names, destination) {
		return nil
	}
	return unknownDestination(destination, names)
}

func listedOf(info *workflow.WorkflowExecutionInfo) listed {
	l := listed{WorkflowID: info.GetExecution().GetWorkflowId(), Run: info.GetFirstRunId(), StartedAt: info.GetStartTime().AsTime()}
	if l.Run == "" {
		l.Run = info.GetExecution().GetRunId()
	}
	l.Kind, l.Destination, l.Audience, _ = workflows.SplitID(l.WorkflowID)
	l.Kind = orDefault(memoOf(info, workflows.MemoKind), l.Kind)
	l.Verdict = memoOf(info, workflows.MemoVerdict)
	if closed := info.GetCloseTime(); closed.IsValid() && !closed.AsTime().IsZero() && closed.GetSeconds() > 0 {
		at := closed.AsTime()
		l.EndedAt = &at
	}
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		l.Status = toldStatus(info)
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		l.Status = runs.StatusCompleted
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		l.Status = runs.StatusCanceled
	default:
		l.Status = runs.StatusFailed
	}
	return l
}

// toldStatus is how a run under way stood when it last said so. It tells that itself, where
// somebody answers for it.
func toldStatus(info *workflow.WorkflowExecutionInfo) string {
	payload := info.GetSearchAttributes().GetIndexedFields()[workflows.SearchStatus.GetName()]
	var word string
	if payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &word) != nil || !slices.Contains(openStatuses, word) {
		return runs.StatusRunning
	}
	return word
}

// memoOf is a word of a workflow's memo; "" where it has none.
func memoOf(info *workflow.WorkflowExecutionInfo, name string) string {
	payload := info.GetMemo().GetFields()[name]
	var word string
	if payload == nil || converter.GetDefaultDataConverter().FromPayload(payload, &word) != nil {
		return ""
	}
	return word
}

func (a *App) printListed(all []listed) error {
	if a.Format == "json" {
		return a.json(all)
	}
	if len(all) == 0 {
		a.printf("nothing has run yet\n")
		return nil
	}
	now := time.Now()
	plain := func(word string) string { return word }
	a.println(listLine(plain, "WORKFLOW", "KIND", "STATUS", "VERDICT", "STARTED", "TOOK"))
	for _, l := range all {
		id := safetext.Line(l.WorkflowID)
		if len(id) > listIDs { // it stays whole, on a line of its own
			a.printf("%s\n", id)
			id = ""
		}
		a.println(listLine(a.paint, id, l.Kind, l.shown(), orDefault(l.Verdict, "-"), shortTime(l.StartedAt, now), l.took()))
	}
	for _, l := range all {
		if l.Retrying != "" {
			a.printf("\n%s is retrying %s\n", safetext.Line(l.WorkflowID), safetext.Line(l.Retrying))
		}
		if l.held != "" {
			a.printf("\n%s\n", safetext.Line(l.held))
		}
		if l.Validation != nil {
			a.printf("\n%s\n%s\n", report.Verdict(*l.Validation), report.WholeColumn(*l.Validation))
			a.printSteps(report.ValidationSteps(*l.Validation))
		}
		if l.Kind == kindHold && l.Since != nil {
			pause := activities.DestinationPause{Reason: l.Reason, By: l.By, Since: *l.Since}
			if l.Until != nil {
				pause.Until = *l.Until
			}
			a.printf("\nDestination %s %s\nGo on: starter resume --destination %s\n", l.Destination, pause, l.Destination)
		}
	}
	return nil
}

// listIDs is the room for ids in a list that fits a terminal of 80 columns.
const listIDs = 25

func listLine(paint func(word string) string, id, kind, status, verdict, started, took string) string {
	padded := func(word string, width int) string { // colours take no room
		word = safetext.Line(word)
		return paint(word) + strings.Repeat(" ", max(0, width-len(word)))
	}
	return strings.TrimRight(fmt.Sprintf("%-*s  %s  %s  %s  %-12s  %s", listIDs, id, padded(kind, 8), padded(status, 9), padded(verdict, 8), started, took), " ")
}

// shortTime is a time as lists show it: with the time of day or, of long ago, with the year.
func shortTime(t, now time.Time) string {
	const halfYear = 183 * 24 * time.Hour
	if age := now.Sub(t); age > halfYear || age < -halfYear {
		return t.Local().Format("Jan _2  2006")
	}
	return t.Local().Format("Jan _2 15:04")
}

// shown is how it stands in one word.
func (l listed) shown() string {
	if l.Retrying != "" && l.Status == runs.StatusRunning {
		return "retrying"
	}
	return l.Status
}

// took is how long it ran; "-" while it runs.
func (l listed) took() string {
	if l.EndedAt == nil {
		return "-"
	}
	return l.EndedAt.Sub(l.StartedAt).Round(time.Second).String()
}
