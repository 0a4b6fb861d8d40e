package command

import (
	"context"

	"audienceflow/activities"
	"audienceflow/workflows"
)

// unanswered is the report of a run that no worker answers for: what Temporal and the store know of it.
func (a *App) unanswered(ctx context.Context, id string) activities.Report {
	kind, destination, audience, _ := workflows.SplitID(id)
	report := activities.Report{
		WorkflowID: id, Kind: kind, Destination: destination, Audience: audience, Status: activities.StatusRunning,
		NumbersFrom: activities.NumbersNowhere, Numbers: activities.Numbers{Reasons: map[string]int64{}},
	}
	a.addExecution(ctx, &report)
	if stored, err := a.storedReport(ctx, report.Run); err == nil {
		stored.WorkflowID, stored.NumbersFrom = id, activities.NumbersOfStore
		if stored.Ended() { // its rows are done with, the run itself has still to say so
			stored.Status, stored.EndedAt = activities.StatusRunning, nil
		}
		report = stored
	}
	start := "start one with that destination's DYNAMICS_* environment (\"go run ./worker\")"
	if report.NumbersFrom == activities.NumbersOfStore {
		a.notef("no worker answers for %s: %s; the numbers are those that the store has", id, start)
	} else {
		a.notef("no worker answers for %s: %s; its numbers are not known without one, nor from the store at STORE_URL", id, start)
	}
	if report.Reason == "" {
		report.Reason = "no worker answers for it: start one for destination " + destination
	}
	return report
}

// addExecution tells of a run what Temporal knows: its id, and when it began.
func (a *App) addExecution(ctx context.Context, r *activities.Report) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, r.WorkflowID, "")
	if err != nil {
		return
	}
	info := listedOf(described.GetWorkflowExecutionInfo())
	r.Run, r.StartedAt = info.Run, info.StartedAt
}

// storedReport is what the store knows of a run, where the starter can look into it.
func (a *App) storedReport(ctx context.Context, run string) (activities.Report, error) {
	kept, err := a.openStore(ctx)
	if err != nil {
		return activities.Report{}, err
	}
	defer a.closeStore(kept)
	return activities.StoredReport(ctx, kept, run)
}
