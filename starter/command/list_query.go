package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// kindHold is what the workflow of a destination's pause is, as its id begins.
const kindHold = "hold"

// listFilter is what a list is to show; zero: everything.
type listFilter struct {
	destination, audience string
	kinds, statuses       []string
	limit                 int
}

// family are workflows of one type whose ids begin alike.
type family struct{ workflow, prefix string }

// families are those of the kinds that can be listed. What writes an audience's column runs under
// one id, whatever its kind.
var families = map[string]family{
	runs.KindActivate: {workflows.ActivateAudienceType, runs.KindActivate},
	runs.KindReplay:   {workflows.ActivateAudienceType, runs.KindActivate},
	runs.KindRepair:   {workflows.ActivateAudienceType, runs.KindActivate},
	runs.KindUnmap:    {workflows.ActivateAudienceType, runs.KindActivate},
	runs.KindPlan:     {workflows.ActivateAudienceType, runs.KindPlan},
	runs.KindValidate: {workflows.ValidateExportType, runs.KindValidate},
	runs.KindStream:   {streamType, runs.KindStream},
	kindHold:          {workflows.HoldDestinationType, kindHold},
}

// listKinds are the kinds in the order in which they are told of.
var listKinds = []string{
	runs.KindActivate, runs.KindPlan, runs.KindReplay, runs.KindRepair, runs.KindUnmap, runs.KindValidate,
	runs.KindStream, kindHold,
}

// openStatuses are those of runs under way; which of them holds, the run itself knows.
var openStatuses = []string{
	runs.StatusRunning, runs.StatusPausing, runs.StatusPaused, runs.StatusWaiting,
}

// closedStatuses are those of Temporal that ours stand for.
var closedStatuses = map[string]string{
	runs.StatusCompleted: `"Completed"`, runs.StatusFailed: `"Failed", "TimedOut"`,
	runs.StatusCanceled: `"Canceled", "Terminated"`, runs.VerdictMismatch: `"Completed"`,
}

func (f listFilter) narrow() bool {
	return f.destination+f.audience != "" || len(f.kinds)+len(f.statuses) > 0
}

func (f listFilter) check() error {
	for _, kind := range f.kinds {
		if families[kind] == (family{}) {
			return usage("--kind %s: use %s", kind, strings.Join(listKinds, ", "))
		}
	}
	for _, status := range f.statuses {
		if closedStatuses[status] == "" && !slices.Contains(openStatuses, status) {
			return usage("--status %s: use %s, completed, failed, canceled or mismatch", status, strings.Join(openStatuses, ", "))
		}
	}
	if f.limit < 0 {
		return usage("--limit %d: give a number of runs, or 0 for all", f.limit)
	}
	if f.destination != "" && !destinationName(f.destination) {
		return usage("--destination %q is no destination's name", f.destination)
	}
	return nil
}

// query asks Temporal's visibility for what the filter shows. It goes by workflow ids, which every
// namespace knows: search attributes are there only where somebody was allowed to register them.
func (f listFilter) query() string {
	kinds := f.kinds
	if len(kinds) == 0 {
		kinds = listKinds
	}
	var either []string
	for _, kind := range kinds {
		if kind == kindHold && f.audience != "" {
			continue // it is of a destination, not of an audience
		}
		asked := families[kind]
		one := []string{fmt.Sprintf("WorkflowType = %s", quoted(asked.workflow)), f.id(asked.prefix)}
		if kind == kindHold {
			one = append(one, `ExecutionStatus = "Running"`)
		}
		condition := "(" + strings.Join(one, " AND ") + ")"
		if !slices.Contains(either, condition) {
			either = append(either, condition)
		}
	}
	if len(either) == 0 {
		return ""
	}
	return "(" + strings.Join(either, " OR ") + ") AND " + f.status()
}

// id is the condition for the workflow ids that begin with a kind.
func (f listFilter) id(kind string) string {
	prefix := kind + "/" + f.destination
	switch {
	case f.destination != "" && kind == kindHold:
		return "WorkflowId = " + quoted(prefix)
	case f.destination != "" && f.audience != "":
		id := prefix + "/" + f.audience
		return fmt.Sprintf("(WorkflowId = %s OR WorkflowId STARTS_WITH %s)", quoted(id), quoted(id+"/"))
	case f.destination != "":
		return "WorkflowId STARTS_WITH " + quoted(prefix+"/")
	}
	return "WorkflowId STARTS_WITH " + quoted(kind+"/")
}

func (f listFilter) status() string {
	var states []string
	for _, status := range f.statuses {
		if closed := closedStatuses[status]; closed != "" {
			states = append(states, closed)
		} else {
			states = append(states, `"Running"`)
		}
	}
	if len(states) == 0 {
		return `ExecutionStatus != "ContinuedAsNew"`
	}
	return "ExecutionStatus IN (" + strings.Join(states, ", ") + ")"
}

// shows decides what the query cannot: the audience where no destination is named, and how a run
// under way stands.
func (f listFilter) shows(l listed) bool {
	audience := f.audience == "" || l.Audience == f.audience ||
		strings.HasPrefix(l.Audience, f.audience+"/") // a validation's id ends with its run
	return audience && (f.destination == "" || l.Destination == f.destination) &&
		(len(f.kinds) == 0 || slices.Contains(f.kinds, l.Kind)) &&
		(len(f.statuses) == 0 || slices.Contains(f.statuses, l.Status) || slices.Contains(f.statuses, l.Verdict))
}

// quoted is a text as it stands in a visibility query.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

const (
	// listPage is how many workflows Temporal is asked for at a time.
	listPage = 1000
	// queries is how many runs under way are asked at once where they stand.
	queries = 16
)

// listing finds everything that a filter shows, the newest first; with a limit it stops one beyond
// that.
func (a *App) listing(ctx context.Context, f listFilter) ([]listed, error) {
	all := []listed{}
	if f.query() == "" {
		return all, nil
	}
	err := a.pages(ctx, f.query(), func(page []listed) bool {
		a.askEach(ctx, page)
		for _, l := range page {
			if f.shows(l) {
				all = append(all, l)
			}
		}
		return f.limit == 0 || len(all) <= f.limit
	})
	return all, err
}

// openRuns are the runs under way that write to a destination.
func (a *App) openRuns(ctx context.Context, destination string) ([]listed, error) {
	f := listFilter{
		destination: destination, kinds: []string{runs.KindActivate, runs.KindStream},
		statuses: []string{runs.StatusRunning},
	}
	var open []listed
	err := a.pages(ctx, f.query(), func(page []listed) bool {
		open = append(open, page...)
		return true
	})
	return open, err
}

// pages hands over the workflows of a query page by page, as long as more is asked for.
func (a *App) pages(ctx context.Context, query string, more func([]listed) bool) error {
	ask := &workflowservice.ListWorkflowExecutionsRequest{Namespace: a.Namespace, PageSize: listPage, Query: query}
	for {
		r, err := a.Temporal.ListWorkflow(ctx, ask)
		if err != nil {
			return &Exit{Code: ExitFailed, Err: fmt.Errorf("Temporal does not list workflows: %w", err)}
		}
		page := make([]listed, 0, len(r.GetExecutions()))
		for _, info := range r.GetExecutions() {
			if info.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW {
				page = append(page, listedOf(info))
			}
		}
		ask.NextPageToken = r.GetNextPageToken()
		if !more(page) || len(ask.NextPageToken) == 0 {
			return nil
		}
	}
}

// askEach completes what runs under way and pauses tell of themselves. One that no worker answers
// for stays as it has told Temporal; a worker that is silent once is asked no more.
func (a *App) askEach(ctx context.Context, page []listed) {
	var silent sync.Map
	var asked errgroup.Group
	asked.SetLimit(queries)
	for i := range page {
		l := &page[i]
		if runs.Ended(l.Status) {
			continue
		}
		asked.Go(func() error {
			if _, known := silent.Load(l.Destination); !known && !a.complete(ctx, l) {
				silent.Store(l.Destination, true)
			}
			return nil
		})
	}
	_ = asked.Wait() // none of them fails
}

// complete asks one run or pause where it stands, and reports whether it was answered.
func (a *App) complete(ctx context.Context, l *listed) bool {
	if l.Kind == kindHold {
		hold := a.holdOf(ctx, l.Destination)
		if hold != nil {
			l.Status, l.Reason, l.By, l.Since = hold.Status, hold.Pause.Reason, hold.Pause.By, &hold.Pause.Since
			if until := hold.Pause.Until; !until.IsZero() {
				l.Until = &until
			}
		}
		return true // of a pause that is being lifted nothing is to be told
	}
	query := a.query
	if l.Kind == runs.KindValidate {
		query = a.queryValidation
	}
	r, err := query(ctx, l.WorkflowID)
	if err != nil {
		var ended *serviceerror.NotFound
		var refused *serviceerror.QueryFailed
		return errors.As(err, &ended) || errors.As(err, &refused)
	}
	a.addSteps(ctx, &r)
	l.Retrying, l.held = r.Retrying, heldLine(r)
	l.Kind, l.Status, l.Reason, l.By, l.Since, l.Until = orDefault(r.Kind, l.Kind), r.Status, r.Reason, r.By, r.Since, r.Until
	return true
}

// heldLine says of a run that is held by itself why it is, and how it goes on. Of those that their
// destination holds the pause tells.
func heldLine(r runs.Report) string {
	if r.DestinationPaused || r.QuietHours || r.Status != runs.StatusPaused && r.Status != runs.StatusWaiting {
		return ""
	}
	return report.Progress(r)
}
