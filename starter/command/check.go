package command

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"audienceflow/activities"
	"audienceflow/workflows"
)

func newCheck(a *App) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:     "check -f FILE",
		Short:   "Check sign-in, privileges, columns and the source, step by step; nothing is written",
		Example: `  starter check -f vip.yaml`,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.Check(c.Context(), file) },
	}
	fileFlag(c, &file)
	return c
}

// Check runs the preflight of each activation of a file on its destination's worker. Exit code 2 when a step fails.
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
		}, workflows.CheckActivation, activities.CheckInput{Activation: activation})
		if err != nil {
			return &Exit{Code: ExitFailed, Err: fmt.Errorf("start the check: %w", err)}
		}
		var result activities.CheckResult
		if err := run.Get(ctx, &result); err != nil {
			return &Exit{Code: ExitFailed, Err: fmt.Errorf("the check of %s could not be made: %w", activation.Audience, err)}
		}
		if !result.OK {
			code = ExitUsage
		}
		results = append(results, result)
	}
	if err := a.printChecks(results); err != nil {
		return err
	}
	return exit(code)
}

func (a *App) printChecks(results []activities.CheckResult) error {
	if a.Format == "json" {
		return printJSON(a, results)
	}
	for _, r := range results {
		a.printf("%s -> %s\n", r.Audience, r.Destination)
		for _, step := range r.Steps {
			mark := "ok  "
			if !step.OK {
				mark = "FAIL"
			}
			a.printf("  %s  %-16s %s\n", mark, step.Name, step.Detail)
			if !step.OK && step.Fix != "" && !strings.Contains(step.Detail, step.Fix) {
				a.printf("        fix: %s\n", step.Fix)
			}
		}
	}
	return nil
}
