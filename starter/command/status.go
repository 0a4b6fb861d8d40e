package command

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

func newStatus(a *App) *cobra.Command {
	return &cobra.Command{
		Use:               "status ID",
		Short:             "Show where a run stands, or how it ended",
		Example:           `  starter status activate/dynamics/vip`,
		Args:              oneID,
		ValidArgsFunction: a.completeIDs(anything),
		RunE:              func(c *cobra.Command, args []string) error { return a.Status(c.Context(), args[0]) },
	}
}

// Status prints the report of a run, under way or ended.
func (a *App) Status(ctx context.Context, id string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return a.statusFromStore(ctx, id, err)
	}
	info := described.GetWorkflowExecutionInfo()
	if info.GetType().GetName() == streamType && info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return a.printReports([]runs.Report{a.whereIs(ctx, id)})
	}
	if info.GetType().GetName() == streamType {
		last, err := outcome(ctx, a.Temporal.GetWorkflow(ctx, id, ""))
		if err != nil {
			return &Exit{Code: ExitFailed, Err: err}
		}
		last = a.withWindow(ctx, last, info)
		a.addCanceler(ctx, &last)
		return a.printReports([]runs.Report{last})
	}
	if info.GetType().GetName() == workflows.ValidateExportType && info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return a.validationUnderWay(ctx, listedOf(info))
	}
	if info.GetType().GetName() != workflows.ActivateAudienceType {
		return a.printListed([]listed{a.validationOf(ctx, listedOf(info))})
	}
	if info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return a.printReports([]runs.Report{a.whereIs(ctx, id)})
	}
	report, err := outcome(ctx, a.Temporal.GetWorkflow(ctx, id, ""))
	if err != nil {
		return &Exit{Code: ExitFailed, Err: err}
	}
	if report.NumbersFrom == runs.NumbersNowhere {
		report = a.withStored(ctx, report, info)
	} else if report.Pending > 0 && report.StoreID != "" {
		if kept, err := a.storeOf(ctx, report.StoreID); err == nil { // without it the report stays as the run gave it
			report = withBooked(ctx, kept, report)
			a.closeStore(kept)
		}
	}
	a.addCanceler(ctx, &report)
	return a.printReports([]runs.Report{report})
}

// withStored is the report of a run that Temporal has ended without a word of its own: what the
// store knows of it, too.
func (a *App) withStored(ctx context.Context, told runs.Report, info *workflow.WorkflowExecutionInfo) runs.Report {
	ended := listedOf(info)
	told.Run, told.StartedAt, told.EndedAt = ended.Run, ended.StartedAt, ended.EndedAt
	stored, err := a.storedReport(ctx, ended.Run)
	if err != nil {
		return told
	}
	stored.Status, stored.Reason, stored.By, stored.Since, stored.EndedAt = told.Status, told.Reason, "", nil, told.EndedAt
	return stored
}

// withWindow is how a stream has ended, with the numbers of its latest hour and what it has left in
// its inbox, where the starter can look into the store.
func (a *App) withWindow(ctx context.Context, told runs.Report, info *workflow.WorkflowExecutionInfo) runs.Report {
	ended := listedOf(info)
	told.StartedAt, told.EndedAt = ended.StartedAt, ended.EndedAt
	kept, err := a.openStore(ctx)
	if err != nil {
		return told
	}
	defer a.closeStore(kept)
	windows, err := findRuns(ctx, kept, told.WorkflowID)
	if err != nil || len(windows) == 0 {
		return told
	}
	latest, err := activities.StoredReport(ctx, kept, windows[0].Run)
	if err != nil {
		return told
	}
	latest.WorkflowID, latest.Status, latest.Reason, latest.Phase = told.WorkflowID, told.Status, told.Reason, ""
	latest.By, latest.Since, latest.EndedAt = "", nil, told.EndedAt
	a.addBacklog(ctx, &latest)
	return latest
}

// validationUnderWay prints how far a validation is and what it waits for, beside what lists show
// of it.
func (a *App) validationUnderWay(ctx context.Context, l listed) error {
	r, err := a.queryValidation(ctx, l.WorkflowID)
	if err != nil { // no worker answers, or an older one
		return a.printListed([]listed{l})
	}
	a.addSteps(ctx, &r)
	l.Status, l.Reason, l.By, l.Since, l.Until = r.Status, r.Reason, r.By, r.Since, r.Until
	if a.Format == "json" {
		return a.printListed([]listed{l})
	}
	a.printReport(r)
	return nil
}

// validationOf adds the outcome of a validation that has ended.
func (a *App) validationOf(ctx context.Context, l listed) listed {
	if l.Kind != runs.KindValidate || l.Status != runs.StatusCompleted {
		return l
	}
	var found runs.Validation
	if err := a.Temporal.GetWorkflow(ctx, l.WorkflowID, "").Get(ctx, &found); err == nil && found.Verdict != "" {
		l.Verdict, l.Validation = found.Verdict, &found
	}
	return l
}

// statusFromStore answers for runs that Temporal does not remember any more.
func (a *App) statusFromStore(ctx context.Context, id string, cause error) error {
	reports, err := a.recorded(ctx, id)
	if err != nil || len(reports) == 0 {
		var e *Exit
		if errors.As(notRunning(id, cause), &e) && e.Code == ExitUsage {
			return usage("nothing is known of %s: \"starter list\" shows what is", id)
		}
		return notRunning(id, cause)
	}
	return a.printReports(reports[:1])
}

// whereIs is a run's own report or, when no worker answers, what is known without one.
func (a *App) whereIs(ctx context.Context, id string) runs.Report {
	report, err := a.query(ctx, id)
	if err != nil {
		return a.unanswered(ctx, id)
	}
	a.addSteps(ctx, &report)
	a.addBacklog(ctx, &report)
	numbers := a.latestNumbers()
	defer numbers.close()
	numbers.add(ctx, &report)
	return report
}

// unanswered is the report of a run that no worker answers for: what Temporal and the store know of
// it.
func (a *App) unanswered(ctx context.Context, id string) runs.Report {
	kind, destination, audience, _ := workflows.SplitID(id)
	report := runs.Report{
		WorkflowID: id, Kind: kind, Destination: destination, Audience: audience, Status: runs.StatusRunning,
		NumbersFrom: runs.NumbersNowhere, Numbers: runs.Numbers{Reasons: map[string]int64{}},
	}
	report.Status = a.addExecution(ctx, &report)
	if stored, err := a.storedReport(ctx, report.Run); err == nil {
		stored.WorkflowID = id
		report = withoutWorker(report, stored)
	}
	start := "start one with that destination's DYNAMICS_* environment (\"go run ./worker\")"
	if report.NumbersFrom == runs.NumbersOfStore {
		a.notef("no worker answers for %s: %s; the numbers are those that the store has", id, start)
	} else {
		a.notef("no worker answers for %s: %s; its numbers are not known without one, nor from the store at STORE_URL", id, start)
	}
	if report.Reason == "" {
		report.Reason = "no worker answers for it: start one for destination " + destination
	}
	return report
}

// withoutWorker is a run's report without anybody to ask: Temporal tells how the run stood when it
// last said so, and "list" shows the same; the store tells its numbers, and why it is held.
func withoutWorker(told, stored runs.Report) runs.Report {
	stored.NumbersFrom = runs.NumbersOfStore
	if stored.Status != told.Status {
		stored.Reason, stored.By, stored.Since = "", "", nil
	}
	stored.Status, stored.EndedAt = told.Status, nil // what the store calls ended has still to say so itself
	if !told.StartedAt.IsZero() {
		stored.StartedAt = told.StartedAt
	}
	return stored
}

// storedReport is what the store knows of a run, where the starter can look into it.
func (a *App) storedReport(ctx context.Context, run string) (runs.Report, error) {
	kept, err := a.openStore(ctx)
	if err != nil {
		return runs.Report{}, err
	}
	defer a.closeStore(kept)
	return activities.StoredReport(ctx, kept, run)
}
