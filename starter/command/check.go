package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"audienceflow/activities"
	"audienceflow/workflows"
)

const (
	// takeUpTime is how long a worker may take to take up a check. One that was stopped counts as
	// there for a while after.
	takeUpTime = 15 * time.Second
	// checkTime bounds a check as a whole, the worker's time for its steps (two minutes) included.
	checkTime = 3 * time.Minute
)

func newCheck(a *App) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:     "check -f FILE",
		Short:   "Check sign-in, privileges, columns and the source, step by step; nothing is written",
		Example: `  starter check -f vip.yaml`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.Check(c.Context(), file) },
	}
	fileFlag(c, &file)
	return c
}

// Check runs the preflight of each activation of a file on its destination's worker. Exit code 2
// when a step fails.
func (a *App) Check(ctx context.Context, file string) error {
	list, err := load(file)
	if err != nil {
		return err
	}
	if err := a.connect(ctx); err != nil {
		return err
	}
	var results []activities.CheckResult
	code := ExitDone
	for _, activation := range list {
		if err := a.needWorker(ctx, activation.Destination); err != nil {
			return err
		}
		run, err := a.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID:            workflows.CheckID(activation.Destination, activation.Audience) + "/" + uuid.NewString(),
			TaskQueue:     workflows.TaskQueue(activation.Destination),
			StaticSummary: clip("Check " + activation.Audience + " in " + activation.Destination),
			// whatever becomes of this command, no check is left waiting for a worker
			WorkflowExecutionTimeout: checkTime,
		}, workflows.CheckActivationType, activities.CheckInput{Activation: activation})
		if err != nil {
			return &Exit{Code: ExitFailed, Err: fmt.Errorf("start the check: %w", err)}
		}
		result, err := a.awaitCheck(ctx, run, activation)
		if err != nil {
			return err
		}
		if !result.OK {
			code = ExitUsage
		}
		a.addSourceDetail(result, run.GetRunID())
		results = append(results, result)
	}
	if err := a.printChecks(results); err != nil {
		return err
	}
	return exit(code)
}

// addSourceDetail completes what a check says of its source, in the last step that says something
// is wrong.
func (a *App) addSourceDetail(result activities.CheckResult, run string) {
	for i := len(result.Steps) - 1; i >= 0; i-- {
		step := &result.Steps[i]
		if (step.Name == activities.StepSource || step.Name == activities.StepRecords) && (step.Warning || !step.OK) {
			step.Detail = withDetail(step.Detail, a.failureDetail(run))
			return
		}
	}
}

// awaitCheck waits for the outcome of a check that a worker makes, and ends one that no worker
// takes up.
func (a *App) awaitCheck(ctx context.Context, run client.WorkflowRun, activation activities.Activation) (activities.CheckResult, error) {
	var result activities.CheckResult
	done := make(chan error, 1)
	go func() { done <- run.Get(ctx, &result) }()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	deadline, told, taken := time.Now().Add(takeUpTime), false, false
	for {
		select {
		case err := <-done:
			if err == nil {
				return result, nil
			}
			if ctx.Err() != nil {
				a.endCheck(run)
				return activities.CheckResult{}, &Exit{Code: ExitLeft, Err: ctx.Err()}
			}
			return activities.CheckResult{}, &Exit{Code: ExitFailed, Err: fmt.Errorf("the check of %s could not be made: %w", activation.Audience, err)}
		case <-look.C:
		}
		if taken = taken || a.takenUp(ctx, run.GetID()); taken {
			continue
		}
		if !told {
			a.notef("waiting up to %s for a worker of destination %s to take up the check of %s", takeUpTime, activation.Destination, activation.Audience)
			told = true
		}
		if time.Now().After(deadline) {
			a.endCheck(run)
			return activities.CheckResult{}, usage("no worker of destination %q has answered within %s (task queue %s): one was there a moment ago, is it stopped? Start one with that destination's DYNAMICS_* environment (\"go run ./worker\")",
				activation.Destination, takeUpTime, workflows.TaskQueue(activation.Destination))
		}
	}
}

// takenUp reports whether a worker answers for a check: from its first answer on, the preflight
// stands among its steps.
func (a *App) takenUp(ctx context.Context, id string) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return false
	}
	return len(described.GetPendingActivities()) > 0 || described.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING
}

// endCheck ends a check that nobody waits for any more, also when this command is being ended. A
// cancellation would need a worker.
func (a *App) endCheck(run client.WorkflowRun) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	if err := a.Temporal.TerminateWorkflow(ctx, run.GetID(), "", "nobody waits for it any more"); err != nil {
		a.notef("%s could not be ended, it ends by itself within %s: %v", run.GetID(), checkTime, err)
	}
}

func (a *App) printChecks(results []activities.CheckResult) error {
	if a.Format == "json" {
		return printJSON(a, results)
	}
	for _, r := range results {
		a.printf("%s -> %s\n", r.Audience, r.Destination)
		for _, step := range r.Steps {
			mark := "ok  "
			switch {
			case !step.OK:
				mark = "FAIL"
			case step.Warning:
				mark = "WARN"
			}
			a.printf("  ")
			a.printPainted(mark)
			a.printf("  %-16s %s\n", step.Name, step.Detail)
			if !step.OK && step.Fix != "" && !strings.Contains(step.Detail, step.Fix) {
				a.printf("        fix: %s\n", step.Fix)
			}
		}
	}
	return nil
}
