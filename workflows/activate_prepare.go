package workflows

import (
	"fmt"

	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// Typed nil handles: only their method values are used, as the names of activities.
var (
	connection *activities.Connection
	planning   *activities.Planning
	sending    *activities.Sending
	validation *activities.Validating
	records    *activities.Records
	streaming  *activities.Streaming
)

// Phases whose progress shows only at their end.
const (
	phaseStaging    = "staging the audience"
	phasePlanning   = "planning"
	phaseSending    = "updating contacts"
	phaseValidating = "validating"
	phaseApproval   = "waiting for approval"
)

// prepare does all that comes before the first write: it stages the audience and plans the run.
func (a *activation) prepare(ctx workflow.Context) (activities.PlanRunResult, error) {
	if a.step == stepPrepare {
		if err := a.stage(ctx); err != nil {
			return activities.PlanRunResult{}, err
		}
		a.step = stepPlan
	}
	a.phase(ctx, phasePlanning)
	plan, err := perform(planOptions(ctx, "plan the run"), a.control, planning.PlanRun, activities.RunInput{Run: a.report.Run})
	if err == nil && plan.ToRead > 0 {
		plan, err = a.readAndPlan(ctx, plan)
	}
	if err == nil {
		a.adoptPlan(plan)
	}
	return plan, err
}

// stage signs in, resolves the columns and stages the audience. It can be repeated.
func (a *activation) stage(ctx workflow.Context) error {
	a.phase(ctx, "signing in")
	if _, err := perform(controlOptions(ctx, "sign in"), a.control, connection.Authenticate,
		activities.AuthenticateInput{Destination: a.report.Destination}); err != nil {
		return err
	}

	a.phase(ctx, "resolving columns")
	columns, err := perform(controlOptions(ctx, "find the columns"), a.control, connection.ResolveColumns, activities.ResolveColumnsInput{
		Run: a.report.Run, Kind: a.in.Kind, WorkflowID: a.report.WorkflowID, Activation: a.in.Activation, Full: a.in.Full,
		Rows: a.in.Rows, Of: a.in.Of, Corrections: a.in.Corrections, Policy: a.in.Policy, Now: a.report.StartedAt,
	})
	if err != nil {
		return err
	}
	a.report.Column, a.report.StoreID = columns.Column, columns.StoreID

	a.phase(ctx, phaseStaging)
	staged, err := perform(planOptions(ctx, "stage the audience"), a.control, planning.StageAudience,
		activities.StageAudienceInput{Run: a.report.Run, Now: a.report.StartedAt})
	if err != nil {
		return err
	}
	a.report.Notes = append(a.report.Notes, staged.Seen...)
	for _, path := range staged.Unmatched {
		a.report.Notes = append(a.report.Notes, fmt.Sprintf("mapping %s: no record has a value there", path))
	}
	a.report.Notes = append(a.report.Notes, staged.Lost...)
	return nil
}

// readAndPlan reads the contacts that the ledger does not know, and finishes the plan with what
// they hold.
func (a *activation) readAndPlan(ctx workflow.Context, plan activities.PlanRunResult) (activities.PlanRunResult, error) {
	a.report.Numbers = plan.Numbers
	a.phase(ctx, "reading contacts")
	slices := slicesFor(plan.ToRead)
	read := int64(0)
	a.rate.Begin(workflow.Now(ctx), plan.ToRead)
	err := window(ctx, slices, readWindow, func(ctx workflow.Context, n int) error {
		summary := fmt.Sprintf("read contacts, part %d of %d", n, slices)
		out, err := perform(urgent(readOptions(ctx, summary), urgency(plan.ToRead)), a.control, planning.ReadContacts,
			activities.ReadContactsInput{Run: a.report.Run, Slice: n, Slices: slices})
		if err == nil {
			read += out.Read + out.Missing
			a.retrying = ""
			a.report.Progress = a.rate.Progress(workflow.Now(ctx), "contacts", read, plan.ToRead)
			a.show(ctx)
		}
		a.shows++
		return err
	})
	if err != nil {
		return plan, err
	}
	a.phase(ctx, phasePlanning)
	return perform(planOptions(ctx, "cut the run into batches"), a.control, planning.PlanRun, activities.RunInput{Run: a.report.Run})
}

// adoptPlan takes the plan's numbers into the report.
func (a *activation) adoptPlan(plan activities.PlanRunResult) {
	a.report.Numbers = plan.Numbers
	a.report.Batches = plan.Batches
	a.report.Requests, a.report.Minutes, a.report.DailyRows = plan.Requests, plan.Minutes, plan.DailyRows
	a.batches.last, a.toSend, a.unsent = plan.Batches, plan.Risks.ToSend, plan.Numbers.FailedForShare()
}

// passGuards holds the run until somebody approves it, if a guard says so. A plan only says so.
func (a *activation) passGuards(ctx workflow.Context, risks activities.Risks) error {
	switch {
	case a.in.Rows == activities.RowsOfSource:
		a.report.Guards = tripped(a.in.Activation.Guard, risks)
	case a.in.ReadBack > 0:
		a.report.Guards = repairShare(a.in.Activation.Guard, risks.ToSend, a.in.ReadBack)
	default:
		return nil // what a person asked for by name, of rows that were judged before
	}
	if len(a.report.Guards) == 0 || a.in.Kind == runs.KindPlan {
		return nil
	}
	a.step = stepApprove
	a.phase(ctx, phaseApproval)
	return a.control.wait(ctx, reasonOf(a.report.Guards))
}

// validate has what the run wrote read back by a child, which a pause ends and the next resume
// starts again.
func (a *activation) validate(ctx workflow.Context) error {
	a.phase(ctx, phaseValidating)
	var verdict runs.Validation
	err := a.untilMended(ctx, func(ctx workflow.Context) (err error) {
		verdict, err = repeatable(ctx, a.control, a.readBack)
		return err
	})
	if err != nil {
		return err
	}
	if verdict.Verdict != "" {
		a.report.Validation = &verdict
	}
	return nil
}

func (a *activation) readBack(ctx workflow.Context) (runs.Validation, error) {
	var v runs.Validation
	child := workflow.WithChildOptions(ctx, childOptions(a.report))
	err := workflow.ExecuteChildWorkflow(child, ValidateExport, ValidateInput{
		Activation: a.in.Activation, SearchAttributes: a.in.SearchAttributes, Run: a.report.Run,
	}).Get(ctx, &v)
	return v, err
}
