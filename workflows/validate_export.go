package workflows

import (
	"errors"
	"fmt"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
)

// ValidateInput starts a validation for an audience: of everything exported or, after a run, of
// what that run wrote.
type ValidateInput struct {
	Activation activities.Activation `json:"activation"`
	// Run is the run that asks for it, empty when a person or a schedule does.
	Run string `json:"run,omitempty"`
	// SearchAttributes says that the namespace knows Destination, Audience and ActivationStatus.
	SearchAttributes bool `json:"searchAttributes,omitempty"`
}

// ValidateExport reads contacts back and compares them with the ledger. A mismatch is a verdict,
// not an error; after a run that has nothing to show because nothing was ever exported, the verdict
// is empty. It only reads, so it may be stopped and started at any time.
func ValidateExport(ctx workflow.Context, in ValidateInput) (runs.Validation, error) {
	v := &validating{in: in, shown: signingIn, report: firstValidationReport(ctx, in)}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStatus, v.status, workflow.QueryHandlerOptions{
		Description: "How far the reading back has come.",
	}); err != nil {
		return runs.Validation{}, err
	}
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryReport, v.underWay, workflow.QueryHandlerOptions{
		Description: "How far the reading back has come and, when it is held, why: as numbers.",
	}); err != nil {
		return runs.Validation{}, err
	}
	hearNews(ctx, v.onNews)
	Upgrade.receive(ctx, func(workflow.Context, Order) {})
	info := workflow.GetInfo(ctx)
	run := info.FirstRunID
	if info.ContinuedExecutionRunID == "" {
		logBegin(ctx, run, runs.KindValidate, in.Activation)
	}
	out, err := v.run(ctx)
	if errors.Is(err, errNewerVersion) {
		return out, continueOn(ctx, ValidateExport, in) // what it has read back is read once more
	}
	v.logValidation(ctx, run, err)
	if err != nil && toldToEnd(ctx, ctx) {
		return out, temporal.NewCanceledError()
	}
	return out, err
}

// validating is one run of ValidateExport.
type validating struct {
	in     ValidateInput
	result runs.Validation
	report runs.Report // how it stands while it is under way
	slices int
	// urgency is that of a run for as many contacts.
	urgency int
	read    int
	shown   string
	// expected are the contacts to be read back, done those that are; retrying is what is being
	// tried again.
	expected, done int64
	rate           runs.Rate
	retrying       string
	atWork         int // steps under way
}

func (v *validating) run(ctx workflow.Context) (runs.Validation, error) {
	if v.in.Run == "" {
		if err := tag(ctx, v.in.SearchAttributes, v.in.Activation, runs.StatusRunning); err != nil {
			return v.result, err
		}
	}
	info := workflow.GetInfo(ctx)
	begin := activities.BeginValidationInput{
		Validation: info.FirstRunID, WorkflowID: info.WorkflowExecution.ID, Run: v.in.Run,
		Activation: v.in.Activation, Now: workflow.Now(ctx).UTC(),
	}
	var begun activities.BeginValidationResult
	if err := v.step(ctx, func() error {
		return workflow.ExecuteActivity(controlOptions(ctx, "choose the contacts to read back"), validation.BeginValidation, begin).Get(ctx, &begun)
	}); err != nil {
		return v.result, err
	}
	if begun.Nothing {
		v.shown = "Nothing was exported yet: there is nothing to read back."
		workflow.SetCurrentDetails(ctx, v.shown)
		return v.result, nil
	}
	v.slices, v.urgency = slicesFor(begun.Expected), urgency(begun.Expected)
	v.expected = begun.Expected
	v.rate.Begin(workflow.Now(ctx), v.expected)
	v.show(ctx)
	if err := window(ctx, v.slices, readWindow, func(ctx workflow.Context, n int) error {
		return v.readBack(ctx, begin.Validation, n)
	}); err != nil {
		return v.result, err
	}
	end := activities.EndValidationInput{Validation: begin.Validation, Now: workflow.Now(ctx).UTC()}
	if err := v.step(ctx, func() error {
		return workflow.ExecuteActivity(v.turn(readOptions(ctx, "count what Dynamics holds")), validation.EndValidation, end).Get(ctx, &v.result)
	}); err != nil {
		return v.result, err
	}
	v.result.WorkflowID = info.WorkflowExecution.ID
	workflow.SetCurrentDetails(ctx, report.ValidationMarkdown(v.result))
	if v.in.Run == "" {
		if err := tag(ctx, v.in.SearchAttributes, v.in.Activation, runs.StatusCompleted); err != nil {
			return v.result, err
		}
	}
	err := listVerdict(ctx, v.in.SearchAttributes, v.in.Activation, v.result.Verdict)
	v.alert(ctx)
	return v.result, err
}

// versionAlerts marks histories of validations that tell people what they have found.
const versionAlerts = "alerts of validations"

// alert tells the activation's targets of a mismatch, or that one is over. After a run, the run
// does.
func (v *validating) alert(ctx workflow.Context) {
	targets := v.in.Activation.Alerts
	if v.in.Run != "" || len(targets) == 0 || workflow.GetVersion(ctx, versionAlerts, workflow.DefaultVersion, 1) < 1 {
		return
	}
	r := v.result
	found := runs.Report{
		Run: r.Validation, WorkflowID: r.WorkflowID, Kind: runs.KindValidate, Destination: r.Destination, Audience: r.Audience,
		Name: v.in.Activation.Name, StoreID: r.StoreID, Column: r.Column, Status: runs.StatusCompleted, Validation: &r,
		StartedAt: r.StartedAt, EndedAt: r.EndedAt,
	}
	sendAlert(ctx, activities.SendAlertInput{Targets: targets, Report: found})
}

// turn lets writes of runs as large go first.
func (v *validating) turn(ctx workflow.Context) workflow.Context {
	return urgent(ctx, min(v.urgency+1, priorityLast))
}

func (v *validating) readBack(ctx workflow.Context, id string, slice int) error {
	summary := fmt.Sprintf("read back contacts, part %d of %d", slice, v.slices)
	var out activities.ReadBackContactsResult
	err := v.step(ctx, func() error {
		return workflow.ExecuteActivity(v.turn(readOptions(ctx, summary)), validation.ReadBackContacts,
			activities.ReadBackContactsInput{Validation: id, Slice: slice, Slices: v.slices}).Get(ctx, &out)
	})
	if err == nil {
		v.read++
		v.done, v.retrying = v.done+out.Read, ""
		v.show(ctx)
	}
	return err
}

// step runs a step of the validation, anew after each pause of the destination.
func (v *validating) step(ctx workflow.Context, do func() error) error {
	for {
		v.atWork++
		err := do()
		v.atWork--
		pause := pauseIn(err)
		if pause == nil {
			return err
		}
		v.hold(ctx, *pause)
		if err := v.awaitDestination(ctx); err != nil {
			return err
		}
		v.goOn(ctx)
	}
}

// awaitDestination waits until the destination goes on, or until the validation can go on on the
// version of the workers that is current.
func (v *validating) awaitDestination(ctx workflow.Context) error {
	free := workflow.ExecuteActivity(waitDestinationOptions(ctx), connection.AwaitDestination,
		activities.DestinationInput{Destination: v.in.Activation.Destination})
	err := workflow.Await(ctx, func() bool { return free.IsReady() || v.atWork == 0 && newerVersion(ctx) })
	if err == nil && !free.IsReady() {
		return errNewerVersion
	}
	return free.Get(ctx, nil)
}

const signingIn = "Signing in."

func (v *validating) show(ctx workflow.Context) {
	v.shown = signingIn
	if v.slices > 0 {
		v.report.Phase = "reading back"
		v.shown = runs.Sprintf("Reading contacts back: %s of %s parts.", int64(v.read), int64(v.slices))
	}
	if p := v.rate.Progress(workflow.Now(ctx), "contacts", v.done, v.expected); p != nil {
		v.report.Progress = p
		v.shown += " " + report.Pace(*p) + "."
	}
	if v.retrying != "" {
		v.shown += "\n\n**retrying** " + v.retrying
	}
	workflow.SetCurrentDetails(ctx, v.shown)
}

func (v *validating) status() (string, error) { return v.shown, nil }

// childOptions are for the validation that a run starts. Its id tells whose it is; a pause cancels
// it and waits for it.
func childOptions(r runs.Report) workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID:            ChildValidateID(r.Destination, r.Audience, r.Run),
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, // started again after a pause
		WaitForCancellation:   true,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		StaticSummary:         "Reads back " + r.Audience + " in " + r.Destination,
	}
}

// tag keeps the search attributes up to date, where the namespace knows them.
func tag(ctx workflow.Context, known bool, a activities.Activation, status string) error {
	if !known {
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, SearchDestination.ValueSet(a.Destination),
		SearchAudience.ValueSet(a.Audience), SearchStatus.ValueSet(status))
}
