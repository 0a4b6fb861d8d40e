package activities_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// trial is a run or a stream that meets one fault at one moment.
type trial struct {
	*place
	moment moment
	fault  activities.TableFault
	env    *testsuite.TestWorkflowEnvironment

	mu      sync.Mutex
	armed   bool
	mended  bool
	failed  int    // attempts, while the fault lasted
	repeats int    // attempts in all
	paused  string // why
	resumes int
	trouble error        // of the test itself
	repair  func() error // of what else is broken, when the fault is mended; may be nil
	started int          // workflows
}

func newTrial(p *place, m moment, f activities.TableFault) *trial {
	tr := &trial{place: p, moment: m, fault: f}
	p.onWrite = func() {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		if tr.moment.after > 0 && tr.writes >= tr.moment.after {
			tr.arm()
		}
	}
	return tr
}

// arm lets the fault begin. The caller holds mu.
func (tr *trial) arm() {
	if tr.armed {
		return
	}
	tr.armed = true
	for _, f := range tr.moment.with {
		tr.trouble = errors.Join(tr.trouble, tr.sim.AddFault(f))
	}
	f := tr.fault
	if tr.moment.match == signIns && f.Want == "stops" && f.Fault.Status >= http.StatusUnauthorized {
		f.Fault.Code = "AADSTS7000215" // in the sign-in service's own words
	}
	tr.trouble = errors.Join(tr.trouble, tr.breakNow(tr.moment.match, f))
}

func (tr *trial) lift() {
	tr.mended = true
	tr.mend()
	if tr.repair != nil {
		tr.trouble = errors.Join(tr.trouble, tr.repair())
	}
}

// begins is told of each step.
func (tr *trial) begins(step string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.moment.after == 0 && (tr.moment.step == "" || tr.moment.step == step) {
		tr.arm()
	}
}

// fails is told of each attempt that is to be made again, and tells whether it may be.
func (tr *trial) fails() bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.armed && !tr.mended {
		if tr.failed++; tr.failed == patience {
			tr.lift()
		}
	}
	tr.repeats++
	return tr.repeats < enough
}

// attempts repeats steps as Temporal does. The test environment's own repetition knows no delay
// that a step asks for, and gives up after ten.
type attempts struct {
	interceptor.WorkerInterceptorBase
	trial *trial
}

func (a *attempts) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &repeated{interceptor.ActivityInboundInterceptorBase{Next: next}, a.trial}
}

// InterceptWorkflow gives each workflow a run id, which the test environment has none of.
func (a *attempts) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &identified{interceptor.WorkflowInboundInterceptorBase{Next: next}, a.trial}
}

type identified struct {
	interceptor.WorkflowInboundInterceptorBase
	trial *trial
}

func (i *identified) Init(out interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&identity{interceptor.WorkflowOutboundInterceptorBase{Next: out}, i.trial})
}

type identity struct {
	interceptor.WorkflowOutboundInterceptorBase
	trial *trial
}

// ExecuteActivity bounds attempts no more than they bound themselves: the step lasts for all of
// them.
func (i *identity) ExecuteActivity(ctx workflow.Context, step string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	options.StartToCloseTimeout, options.HeartbeatTimeout = ages, 0
	return i.Next.ExecuteActivity(workflow.WithActivityOptions(ctx, options), step, args...)
}

func (i *identity) GetInfo(ctx workflow.Context) *workflow.Info {
	info := *i.Next.GetInfo(ctx)
	info.FirstRunID = fmt.Sprintf("%s-%d", i.trial.name, i.trial.started)
	return &info
}

type repeated struct {
	interceptor.ActivityInboundInterceptorBase
	trial *trial
}

func (r *repeated) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	time.Sleep(time.Second) // the workflow's clock is another, and moves on by itself
	r.trial.begins(activity.GetInfo(ctx).ActivityType.Name)
	ctx = context.WithoutCancel(ctx) // each attempt has its own time
	for usual := time.Second; ; usual = min(2*usual, time.Minute) {
		out, err := r.Next.ExecuteActivity(ctx, in)
		var app *temporal.ApplicationError
		if !errors.As(err, &app) || app.NonRetryable() {
			return out, err
		}
		if !r.trial.fails() {
			return out, err
		}
		wait := app.NextRetryDelay()
		if wait == 0 {
			wait = usual
		}
		time.Sleep(wait)
	}
}

// start makes the environment in which the workflow runs.
func (tr *trial) start(id string) {
	tr.started++
	suite := testsuite.WorkflowTestSuite{}
	suite.SetLogger(silent{})
	tr.env = suite.NewTestWorkflowEnvironment()
	tr.env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&attempts{trial: tr}}})
	tr.env.SetStartTime(time.Now())
	tr.env.SetTestTimeout(ages)
	tr.env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue(tr.name)})
	workflows.Register(tr.env)
	activities.Register(tr.env, tr.options)
	tr.env.RegisterDelayedCallback(tr.look, lookEvery)
}

// look resumes a workflow that has paused itself once what is wrong was mended, and ends a stream
// that has done its work.
func (tr *trial) look() {
	if tr.env.IsWorkflowCompleted() {
		return
	}
	value, err := tr.env.QueryWorkflow(workflows.QueryStatus)
	var r runs.Report
	if err == nil {
		err = value.Get(&r)
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.trouble = errors.Join(tr.trouble, err)
	switch {
	case r.Status == runs.StatusPaused && tr.resumes < orders:
		tr.resumes++
		if tr.paused == "" {
			tr.paused = r.Reason
		}
		tr.lift()
		tr.env.SignalWorkflow(workflows.Resume.Name, workflows.Order{By: "ann"})
	case r.Status == runs.StatusPaused, r.Status == runs.StatusWaiting:
		tr.trouble = errors.Join(tr.trouble, fmt.Errorf("%s: %s", r.Status, r.Reason))
		tr.env.CancelWorkflow()
		return
	case r.Stream != nil && r.Stream.Backlog == 0 && r.Pending == 0:
		tr.env.CancelWorkflow()
		return
	}
	tr.env.RegisterDelayedCallback(tr.look, lookEvery)
}

// silent logs nothing.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
