package command

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"audienceflow/activities"
	"audienceflow/audience"
)

func newActivate(a *App) *cobra.Command {
	var file string
	var full, detach bool
	c := &cobra.Command{
		Use:   "activate -f FILE",
		Short: "Write an audience into Dynamics 365 and follow the run",
		Long: `Starts one run per audience of the activation file and follows it until it has ended or waits for a person.
Only contacts and columns that changed are sent; --full sends everything.`,
		Example: `  starter activate -f vip.yaml
  starter activate -f vip.yaml --detach -o json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.Activate(c.Context(), file, full, detach) },
	}
	fileFlag(c, &file)
	c.Flags().BoolVar(&full, "full", false, "send every row and column, also unchanged ones")
	c.Flags().BoolVar(&detach, "detach", false, "return as soon as the run has started")
	return c
}

// Activate starts the activations of a file and follows them. Its error carries the exit code.
func (a *App) Activate(ctx context.Context, file string, full, detach bool) error {
	list, err := load(file)
	if err != nil {
		return err
	}
	runs, err := a.startAll(ctx, list, activities.KindActivate, full)
	if err != nil {
		return err
	}
	if detach {
		return a.printReports(a.detached(ctx, list, runs))
	}
	reports, err := a.followAll(ctx, runs)
	if err != nil {
		return err
	}
	if err := a.printReports(reports); err != nil {
		return err
	}
	return exit(worst(reports))
}

// startAll starts one run per audience. When one cannot be started, the error says so; those started before go on.
func (a *App) startAll(ctx context.Context, list []audience.Activation, kind string, full bool) ([]client.WorkflowRun, error) {
	for _, activation := range list {
		if activation.Source.Stream {
			return nil, usage("audience %s is streamed: put its file into the folder of \"starter serve --activations\", which receives it", activation.Audience)
		}
	}
	if err := a.connect(ctx); err != nil {
		return nil, err
	}
	var runs []client.WorkflowRun
	for _, activation := range list {
		if err := a.needWorker(ctx, activation.Destination); err != nil {
			return nil, err
		}
	}
	for _, activation := range list {
		run, err := a.startActivation(ctx, activation, kind, full)
		if err != nil {
			for _, started := range runs {
				a.notef("started before: %s", started.GetID())
			}
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// followAll follows runs at the same time; their reports come in the order of the runs.
func (a *App) followAll(ctx context.Context, runs []client.WorkflowRun) ([]activities.Report, error) {
	reports := make([]activities.Report, len(runs))
	errs := make([]error, len(runs))
	done := make(chan int)
	for i, run := range runs {
		go func() {
			reports[i], errs[i] = a.follow(ctx, run)
			done <- i
		}()
	}
	for range runs {
		<-done
	}
	return reports, errors.Join(errs...)
}

// detached are the reports of runs that have only just started: what is known of them without asking a worker.
func (a *App) detached(ctx context.Context, list []audience.Activation, runs []client.WorkflowRun) []activities.Report {
	reports := make([]activities.Report, len(runs))
	for i, run := range runs {
		activation := list[i]
		reports[i] = activities.Report{
			Run: run.GetRunID(), WorkflowID: run.GetID(), Kind: activities.KindActivate, Destination: activation.Destination,
			Audience: activation.Audience, Name: activation.Name, MappingID: activation.MappingID, Status: activities.StatusRunning,
			Numbers: activities.Numbers{Reasons: map[string]int64{}},
		}
		a.addExecution(ctx, &reports[i])
	}
	return reports
}

// worst is the exit code of several reports: a failure before a mismatch before a run that waits.
func worst(reports []activities.Report) int {
	rank := map[int]int{ExitDone: 0, ExitPerson: 1, ExitMismatch: 2, ExitUsage: 3, ExitFailed: 4}
	code := ExitDone
	for _, r := range reports {
		if c := codeOf(r); rank[c] > rank[code] {
			code = c
		}
	}
	return code
}

func fileFlag(c *cobra.Command, file *string) {
	c.Flags().StringVarP(file, "file", "f", "", "the activation file")
}
