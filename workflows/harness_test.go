package workflows_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// fake stands in for the activities: a destination of rows that are sent batch by batch.
type fake struct {
	env     *testsuite.TestWorkflowEnvironment
	plan    activities.PlanRunResult
	toRead  int64
	verdict string
	begun   activities.BeginValidationResult
	found   runs.Validation // what a validation finds; zero: what it expects
	asked   []activities.ResolveColumnsInput

	mu       sync.Mutex
	sent     map[int]int          // batch -> times
	batches  map[int]runs.Numbers // what became of their rows, as the store has it
	recorded []runs.Report
	read     int

	// update decides a batch; nil sends all of it.
	update func(ctx context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error)
	signIn error
	// older workers do not count the run after each batch.
	older bool
	// trouble, where it is set, is asked by every other step before it does anything.
	trouble func(step string) error
}

// step asks for trouble.
func (f *fake) step(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble == nil {
		return nil
	}
	return f.trouble(name)
}

const batchRows = 10

// newFake plans a run of batches of ten rows each.
func newFake(t *testing.T, batches int) *fake {
	t.Helper()
	return newFakeWith(t, batches, testsuite.WorkflowTestSuite{})
}

func newFakeWith(t *testing.T, batches int, suite testsuite.WorkflowTestSuite) *fake {
	t.Helper()
	f := &fake{env: suite.NewTestWorkflowEnvironment(), sent: map[int]int{}, batches: map[int]runs.Numbers{}, verdict: runs.VerdictMatch, begun: activities.BeginValidationResult{Expected: 30}}
	rows := int64(batches * batchRows)
	f.plan = activities.PlanRunResult{
		Numbers: runs.Numbers{Received: rows + 3, Unchanged: 1, Excluded: 2, Pending: rows, Reasons: map[string]int64{"unknown_status": 2}},
		Batches: batches,
		Risks:   activities.Risks{ToSend: rows, FirstRun: true},
	}
	f.register()
	return f
}

func (f *fake) register() {
	var (
		connection *activities.Connection
		planning   *activities.Planning
		sending    *activities.Sending
		validating *activities.Validating
		records    *activities.Records
	)
	workflows.Register(f.env)
	f.env.OnActivity(connection.Authenticate, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.AuthenticateInput) (activities.AuthenticateResult, error) {
			if err := f.step("Authenticate"); err != nil {
				return activities.AuthenticateResult{}, err
			}
			return activities.AuthenticateResult{}, f.signIn
		}).Maybe()
	f.env.OnActivity(connection.ResolveColumns, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ResolveColumnsInput) (activities.ResolveColumnsResult, error) {
			f.asked = append(f.asked, in)
			return activities.ResolveColumnsResult{StoreID: "store", Column: "acme_vip"}, f.step("ResolveColumns")
		}).Maybe()
	f.env.OnActivity(planning.StageAudience, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.StageAudienceInput) (activities.StageAudienceResult, error) {
			return activities.StageAudienceResult{}, f.step("StageAudience")
		}).Maybe()
	f.env.OnActivity(planning.PlanRun, mock.Anything, mock.Anything).Return(f.planRun).Maybe()
	f.env.OnActivity(planning.ReadContacts, mock.Anything, mock.Anything).Return(f.readContacts).Maybe()
	f.env.OnActivity(sending.UpdateContacts, mock.Anything, mock.Anything).Return(f.updateContacts).Maybe()
	f.env.OnActivity(records.RecordRun, mock.Anything, mock.Anything).Return(f.recordRun).Maybe()
	f.env.OnActivity(validating.BeginValidation, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.BeginValidationInput) (activities.BeginValidationResult, error) {
			return f.begun, f.step("BeginValidation")
		}).Maybe()
	f.env.OnActivity(validating.ReadBackContacts, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReadBackContactsInput) (activities.ReadBackContactsResult, error) {
			return activities.ReadBackContactsResult{Read: 30}, f.step("ReadBackContacts")
		}).Maybe()
	f.env.OnActivity(validating.EndValidation, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.EndValidationInput) (runs.Validation, error) {
			if found := f.found; found.Expected > 0 {
				return found, f.step("EndValidation")
			}
			return runs.Validation{Verdict: f.verdict, Expected: 30, Matched: 30}, f.step("EndValidation")
		}).Maybe()
}

func (f *fake) planRun(context.Context, activities.RunInput) (activities.PlanRunResult, error) {
	if err := f.step("PlanRun"); err != nil {
		return activities.PlanRunResult{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	plan := f.plan
	plan.ToRead, f.toRead = f.toRead, 0
	return plan, nil
}

func (f *fake) readContacts(context.Context, activities.ReadContactsInput) (activities.ReadContactsResult, error) {
	if err := f.step("ReadContacts"); err != nil {
		return activities.ReadContactsResult{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read++
	return activities.ReadContactsResult{}, nil
}

func (f *fake) updateContacts(ctx context.Context, in activities.UpdateContactsInput) (activities.UpdateContactsResult, error) {
	if err := f.step("UpdateContacts"); err != nil {
		return activities.UpdateContactsResult{}, err
	}
	f.mu.Lock()
	f.sent[in.Batch]++
	f.mu.Unlock()
	out, err := all(), error(nil)
	if f.update != nil {
		out, err = f.update(ctx, in)
	}
	if err != nil {
		return out, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches[in.Batch] = out.Numbers
	if !f.older && out.Run == nil {
		out.Run = f.counted()
	}
	return out, nil
}

// counted are the run's numbers by what its batches have come to.
func (f *fake) counted() *runs.Numbers {
	n := f.plan.Numbers
	n.Reasons = maps.Clone(n.Reasons)
	for _, b := range f.batches {
		n.Activated += b.Activated
		n.Failed += b.Failed
		n.Pending -= b.Activated + b.Failed
		n.ByStatus.Realized += b.ByStatus.Realized
		for reason, rows := range b.Reasons {
			n.Reasons[reason] += rows
		}
	}
	return &n
}

func all() activities.UpdateContactsResult { return sentPart(batchRows) }

// sentPart is a batch that gives back all but its first rows.
func sentPart(rows int64) activities.UpdateContactsResult {
	return activities.UpdateContactsResult{Numbers: runs.Numbers{
		Received: batchRows, Activated: rows, Pending: batchRows - rows, ByStatus: runs.ByStatus{Realized: rows},
	}}
}

// recordRun answers with what the store has, but for older workers: the workflow's own sums are
// then what is compared.
func (f *fake) recordRun(_ context.Context, in activities.RecordRunInput) (activities.RecordRunResult, error) {
	if err := f.step("RecordRun"); err != nil {
		return activities.RecordRunResult{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recorded = append(f.recorded, in.Report)
	if f.older || len(f.batches) == 0 {
		return activities.RecordRunResult{Numbers: in.Report.Numbers}, nil
	}
	return activities.RecordRunResult{Numbers: *f.counted()}, nil
}

func (f *fake) timesSent(batch int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent[batch]
}

// run executes the workflow to its end and returns its report, also from the error that it ended
// with.
func (f *fake) run(t *testing.T, in workflows.ActivateInput) (runs.Report, error) {
	t.Helper()
	f.env.ExecuteWorkflow(workflows.ActivateAudience, in)
	require.True(t, f.env.IsWorkflowCompleted())
	var report runs.Report
	err := f.env.GetWorkflowError()
	if err == nil {
		require.NoError(t, f.env.GetWorkflowResult(&report))
		return report, nil
	}
	var app *temporal.ApplicationError
	var canceled *temporal.CanceledError
	switch {
	case errors.As(err, &app) && app.HasDetails():
		require.NoError(t, app.Details(&report))
	case errors.As(err, &canceled) && canceled.HasDetails():
		require.NoError(t, canceled.Details(&report))
	}
	return report, err
}

// report asks the running workflow for its report.
func (f *fake) report(t *testing.T) runs.Report {
	t.Helper()
	value, err := f.env.QueryWorkflow(workflows.QueryStatus)
	require.NoError(t, err)
	var report runs.Report
	require.NoError(t, value.Get(&report))
	return report
}

// after runs check when d of virtual time has passed.
func (f *fake) after(d time.Duration, check func()) { f.env.RegisterDelayedCallback(check, d) }

// continued returns the input with which a run continued as new.
func continued(t *testing.T, err error) workflows.ActivateInput {
	t.Helper()
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, err, &next)
	var in workflows.ActivateInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	return in
}

func input() workflows.ActivateInput {
	return workflows.ActivateInput{Activation: activities.Activation{
		Destination: "dynamics", Audience: "vip", MappingID: "vip",
		Guard: activities.Guard{MaxExitShare: 0.5, MaxFailedShare: 0.01, MaxOverwriteShare: 0.5},
	}}
}

func addsUp(t *testing.T, r runs.Report) {
	t.Helper()
	require.Equal(t, r.Received, r.Activated+r.Unchanged+r.Superseded+r.Excluded+r.Failed+r.Pending)
	require.Equal(t, r.Activated, r.ByStatus.Realized+r.ByStatus.Exited)
}
