package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
)

// ActivateInput starts an activation, or a dry run of one.
type ActivateInput struct {
	Activation activities.Activation `json:"activation"`
	// Kind is runs.KindActivate (also when empty) or another of its kinds.
	Kind string `json:"kind,omitempty"`
	// Full sends every row and column, also those that have not changed.
	Full bool `json:"full,omitempty"`
	// Rows says which rows the run stages, Of whose they are, Corrections where values put right
	// are: for a replay, a repair or an unmap.
	Rows        activities.Rows `json:"rows,omitempty"`
	Of          string          `json:"of,omitempty"`
	Corrections string          `json:"corrections,omitempty"`
	// Policy is what an unmapping leaves in the column.
	Policy runs.UnmapPolicy `json:"policy,omitempty"`
	// ReadBack are the contacts that the validation behind a repair has read back, where nobody has
	// asked for the repair by hand: maxRepairShare judges it. 0: somebody has.
	ReadBack int64 `json:"readBack,omitempty"`
	// SearchAttributes says that the namespace knows Destination, Audience and ActivationStatus.
	SearchAttributes bool `json:"searchAttributes,omitempty"`
	// HandOverEvents is the history length at which the run continues as new; 0 means the usual
	// one.
	HandOverEvents int `json:"handOverEvents,omitempty"`
	// StandStill is how long the run may stand still before people are told; 0 means the usual
	// time.
	StandStill time.Duration `json:"standStill,omitempty"`
	// State is set by a run that continues as new.
	State *ActivateState `json:"state,omitempty"`
}

// ActivateState is what a run hands over to the next when it continues as new.
type ActivateState struct {
	Report  runs.Report `json:"report"`
	Control Control     `json:"control"`
	// Next is the first batch never begun; Again are batches that gave back rows.
	Next  int   `json:"next"`
	Again []int `json:"again,omitempty"`
	// Open is set by runs that were begun by older workers.
	Open batchSums `json:"open,omitempty"`
	// FailuresSeen is set once the run has paused itself for its share of failures: a resume
	// accepts them.
	FailuresSeen bool `json:"failuresSeen,omitempty"`
	// ToSend counts the rows that the plan has left to send.
	ToSend int64 `json:"toSend,omitempty"`
	// Unsent counts the rows that failed before anything was sent.
	Unsent int64 `json:"unsent,omitempty"`
	// SendFrom is when the sending began; Delayed is set once people were told that it is late.
	SendFrom time.Time `json:"sendFrom,omitzero"`
	Delayed  bool      `json:"delayed,omitempty"`
	// Step is where the run goes on; empty: it sends.
	Step string `json:"step,omitempty"`
	// Told is the status that people were told of last, if it still is the run's.
	Told string `json:"told,omitempty"`
}

// The steps before sending at which a run may continue as new.
const (
	stepPrepare = "prepare"
	stepPlan    = "plan" // the audience is staged
	stepApprove = "approve"
)

// ActivateAudience writes an audience into its column in Dynamics 365 and has it read back. It
// returns the run's report; a run that fails or is canceled carries the report in its error's
// details.
func ActivateAudience(ctx workflow.Context, in ActivateInput) (runs.Report, error) {
	a, err := newActivation(ctx, in)
	if err != nil {
		return runs.Report{}, err
	}
	if in.State == nil {
		logBegin(ctx, a.report.Run, a.report.Kind, in.Activation)
	}
	err = a.run(ctx)
	if err == nil {
		if err = a.complete(ctx); err != nil && !errors.Is(err, errNewerVersion) && !mendable(ctx) {
			logEnd(ctx, a.report)
			return a.report, err
		}
	}
	if errors.Is(err, errNewerVersion) {
		err = a.continueAsNew(ctx)
	}
	if workflow.IsContinueAsNewError(err) {
		return a.report, err
	}
	report, err := a.end(ctx, err)
	logEnd(ctx, report)
	return report, err
}

// activation is one run of ActivateAudience.
type activation struct {
	in      ActivateInput
	report  runs.Report
	control *controller
	batches *batchQueue
	sums    batchSums

	toSend       int64 // rows that the plan has left to send: they decide the run's urgency
	unsent       int64 // rows that failed before anything was sent
	failuresSeen bool
	step         string // before sending
	display      display
	told         string    // the status that an earlier run has told people of
	alerting     int       // alerts under way
	over         error     // the store has ended the run: no step of it may go on
	shows        int       // grows with whatever the run has to show
	tries        int       // how often that was but another try of a step
	sendFrom     time.Time // when the sending began
	delayed      bool      // people were told that it is late
	rate         runs.Rate // of the reading or the sending
	retrying     string    // what is being tried again, for those who look
	closing      bool      // it has ended, and its record is being kept
}

func newActivation(ctx workflow.Context, in ActivateInput) (*activation, error) {
	if in.Kind == "" {
		in.Kind = runs.KindActivate
	}
	if in.HandOverEvents == 0 {
		in.HandOverEvents = handOverEvents
	}
	if in.StandStill == 0 {
		in.StandStill = noProgress
	}
	a := &activation{in: in, display: display{tags: in.SearchAttributes}}
	state := in.State
	if state == nil {
		state = &ActivateState{Report: firstReport(ctx, in), Next: 1, Step: stepPrepare}
	}
	a.report, a.sums, a.failuresSeen, a.toSend = state.Report, state.Open, state.FailuresSeen, state.ToSend
	a.unsent, a.sendFrom, a.delayed = state.Unsent, state.SendFrom, state.Delayed
	a.step, a.told = state.Step, state.Told
	if a.sums == nil {
		a.sums = batchSums{}
	}
	a.batches = &batchQueue{next: state.Next, again: state.Again, last: a.report.Batches}
	a.control = newController(state.Control, in.Activation.Destination, a.show)
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStatus, a.answer, workflow.QueryHandlerOptions{
		Description: "The run's report: its status, its numbers and, when it is held, why.",
	}); err != nil {
		return nil, err
	}
	a.control.idle = func() bool { return a.alerting == 0 && a.batches.underWay == 0 }
	a.control.listen(ctx)
	Upgrade.receive(ctx, func(workflow.Context, Order) {})
	hearNews(ctx, a.onNews)
	a.show(ctx)
	a.tellStart(ctx)
	a.watchDelay(ctx)
	return a, nil
}

func firstReport(ctx workflow.Context, in ActivateInput) runs.Report {
	info := workflow.GetInfo(ctx)
	plans := ""
	if in.Kind == runs.KindPlan && in.Rows == activities.RowsExported {
		plans = runs.KindUnmap
	}
	return runs.Report{
		Run:         info.FirstRunID,
		WorkflowID:  info.WorkflowExecution.ID,
		Kind:        in.Kind,
		Plans:       plans,
		Destination: in.Activation.Destination,
		Audience:    in.Activation.Audience,
		Name:        in.Activation.Name,
		MappingID:   in.Activation.MappingID,
		Status:      runs.StatusRunning,
		StartedAt:   workflow.Now(ctx).UTC(),
		Numbers:     runs.Numbers{Reasons: map[string]int64{}},
	}
}

// run goes from signing in to the validation. A run that continued as new goes on with its batches.
func (a *activation) run(ctx workflow.Context) error {
	switch a.step {
	case stepPrepare, stepPlan:
		plan, err := a.prepare(ctx)
		if err != nil {
			return err
		}
		if err := a.passGuards(ctx, plan.Risks); err != nil || a.in.Kind == runs.KindPlan {
			return err
		}
	case stepApprove:
		a.phase(ctx, phaseApproval)
		if err := a.control.approval(ctx); err != nil {
			return err
		}
	}
	a.step = ""
	if err := a.send(ctx); err != nil {
		return err
	}
	if a.in.Kind == runs.KindUnmap {
		return nil // nothing of it is left to be read back
	}
	return a.validate(ctx)
}

// answer answers the query. A run has ended once its numbers are those of its record: who asks may
// not ask again.
func (a *activation) answer() (runs.Report, error) {
	r, err := a.status()
	if a.closing {
		r.Phase, r.EndedAt, r.Status, r.Reason = phaseRecording, nil, runs.StatusRunning, ""
	}
	return r, err
}

// status is how the run stands.
func (a *activation) status() (runs.Report, error) {
	r := a.report
	if r.Ended() {
		return r, nil
	}
	a.control.tell(&r)
	r.Retrying = a.retrying
	if r.Status != runs.StatusRunning {
		r.Progress = nil
	}
	return r, nil
}

// phase names the step that the run now takes.
func (a *activation) phase(ctx workflow.Context, name string) {
	a.report.Phase, a.report.Progress, a.retrying = name, nil, ""
	a.show(ctx)
}

// end keeps the outcome in the store and turns it into the workflow's result.
func (a *activation) end(ctx workflow.Context, cause error) (runs.Report, error) {
	apart, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	if cause != nil {
		switch {
		case temporal.IsCanceledError(cause):
			a.close(ctx, runs.StatusCanceled, "canceled")
		case runOver(cause): // as the store says; failed would say that nothing was written
			a.close(ctx, runs.StatusCanceled, explain(cause))
		case toldToEnd(ctx, apart):
			a.close(ctx, runs.StatusCanceled, "canceled")
		default:
			a.close(ctx, runs.StatusFailed, explain(cause))
			a.report.FailureType = failureType(cause)
		}
		if err := a.recordEnd(apart); err != nil {
			return a.report, err
		}
	}
	a.show(apart)
	a.listVerdict(apart)
	if a.report.Status != runs.StatusCanceled {
		a.alert(apart)
	}
	switch {
	case a.report.Status == runs.StatusCanceled && !runOver(cause):
		return a.report, temporal.NewCanceledError(a.report)
	case cause != nil:
		return a.report, temporal.NewApplicationErrorWithOptions(a.report.Reason, failureType(cause),
			temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{a.report}})
	}
	return a.report, nil
}

// record keeps the report in the store and takes from there the numbers, counted over the run's
// rows.
func (a *activation) record(ctx workflow.Context) error {
	report, err := a.status()
	if err != nil {
		return err
	}
	defer func() { a.closing = false }()
	var out recordedRun
	err = workflow.ExecuteActivity(controlOptions(ctx, "keep the record of the run"), records.RecordRun, activities.RecordRunInput{Report: report}).Get(ctx, &out)
	if err != nil {
		return fmt.Errorf("keep the record of the run: %w", err)
	}
	a.report.Numbers, a.sums = out.Numbers, out.Open
	if a.sums == nil {
		a.sums = batchSums{}
	}
	return nil
}

// explain is the text of an error for people: an activity's own words, without Temporal's wrapping.
func explain(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return app.Message()
	}
	return err.Error()
}

// failureType is the type of the application error behind err.
func failureType(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.Type() != "" {
		return app.Type()
	}
	return "ActivationFailed"
}
