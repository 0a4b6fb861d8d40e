package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/workflows"
)

// catchup is how late a scheduled run may still start after an outage of Temporal: a day's run is
// worth having, a year's worth of them is not.
const catchup = 24 * time.Hour

// overlaps are the policies for a run that is due while the one before goes on.
var overlaps = map[string]enums.ScheduleOverlapPolicy{
	"skip":       enums.SCHEDULE_OVERLAP_POLICY_SKIP,
	"buffer-one": enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
	"buffer-all": enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL,
}

// scheduling is what "schedule create" takes.
type scheduling struct {
	file, cron, zone, overlap string
	jitter                    time.Duration
	validate, repair, full    bool
}

func newSchedule(a *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "schedule",
		Short: "Activate or validate at set times, by Temporal's schedules",
		Example: `  starter schedule create -f vip.yaml --cron "0 3 * * *" --timezone Europe/Berlin --jitter 5m
  starter schedule list
  starter schedule update -f vip.yaml
  starter schedule trigger activate/dynamics/vip
  starter schedule delete activate/dynamics/vip`,
	}
	c.AddCommand(newScheduleCreate(a), newScheduleList(a), newScheduleUpdate(a), newScheduleTrigger(a),
		newSchedulePause(a), newScheduleResume(a), newScheduleDelete(a))
	return c
}

func newScheduleCreate(a *App) *cobra.Command {
	var s scheduling
	c := &cobra.Command{
		Use:   "create -f FILE --cron EXPRESSION",
		Short: "Make a schedule for each audience of a file",
		Example: `  starter schedule create -f vip.yaml --cron "0 3 * * *" --timezone Europe/Berlin
  starter schedule create -f vip.yaml --cron "0 6 * * 1" --validate --repair`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.createSchedules(c.Context(), s) },
	}
	fileFlag(c, &s.file)
	c.Flags().StringVar(&s.cron, "cron", "", `when: minute hour day month weekday, or "@every 6h"`)
	c.Flags().StringVar(&s.zone, "timezone", "UTC", "time zone of the expression")
	c.Flags().DurationVar(&s.jitter, "jitter", 0, "start up to this much later, at random")
	c.Flags().StringVar(&s.overlap, "overlap", "skip", "when the run before goes on: skip, buffer-one or buffer-all")
	c.Flags().BoolVar(&s.validate, "validate", false, "validate what was exported instead of activating")
	c.Flags().BoolVar(&s.repair, "repair", false, "with --validate: write what differs once more; guard.maxRepairShare bounds it")
	c.Flags().BoolVar(&s.full, "full", false, "send every row and column each time")
	return c
}

func (a *App) createSchedules(ctx context.Context, s scheduling) error {
	list, err := load(s.file)
	if err != nil {
		return err
	}
	policy, known := overlaps[s.overlap]
	if !known {
		return usage("--overlap %s: use skip, buffer-one or buffer-all", s.overlap)
	}
	if s.repair && !s.validate {
		return usage("--repair mends what a validation finds: give --validate, too")
	}
	if s.cron == "" {
		return usage("when? Give --cron, for example --cron \"0 3 * * *\"")
	}
	if s.file, err = filepath.Abs(s.file); err != nil {
		return err
	}
	if err := a.connect(ctx); err != nil {
		return err
	}
	for _, activation := range list {
		id := s.id(activation)
		_, err := a.Temporal.ScheduleClient().Create(ctx, client.ScheduleOptions{
			ID:      id,
			Spec:    client.ScheduleSpec{CronExpressions: []string{s.cron}, TimeZoneName: s.zone, Jitter: s.jitter},
			Overlap: policy, CatchupWindow: catchup,
			Action: &client.ScheduleWorkflowAction{
				ID: "scheduled/" + id, Workflow: workflows.RunOnScheduleType, TaskQueue: workflows.TaskQueue(activation.Destination),
				Args: []any{s.input(activation)},
			},
			Note: clip(orDefault(activation.Name, activation.Audience) + ", made by " + operator()),
		})
		var invalid *serviceerror.InvalidArgument
		switch {
		case errors.Is(err, temporal.ErrScheduleAlreadyRunning):
			return usage("a schedule %s exists: delete it first with \"starter schedule delete %s\"", id, id)
		case errors.As(err, &invalid):
			return usage("Temporal does not take this schedule: %s", invalid.Message)
		case err != nil:
			return &Exit{Code: ExitFailed, Err: fmt.Errorf("make schedule %s: %w", id, err)}
		}
		a.notef("schedule %s made: %s (%s)", id, s.cron, s.zone)
	}
	return a.listSchedules(ctx)
}

// input is what the schedule starts, with what the schedule was made of.
func (s scheduling) input(activation audience.Activation) workflows.ScheduledInput {
	return workflows.ScheduledInput{
		Activation: activation, Full: s.full, Validate: s.validate, Repair: s.repair, SearchAttributes: true,
		File: s.file, Cron: s.cron, Zone: s.zone,
	}
}

// id is the schedule's: that of what it starts.
func (s scheduling) id(activation audience.Activation) string {
	if s.validate {
		return workflows.ValidateID(activation.Destination, activation.Audience)
	}
	return workflows.ActivateID(activation.Destination, activation.Audience)
}

func newScheduleDelete(a *App) *cobra.Command {
	return &cobra.Command{
		Use:     "delete ID",
		Short:   "Delete a schedule; a run that it has started goes on",
		Example: `  starter schedule delete activate/dynamics/vip`,
		Args:    oneArg("schedule", "activate/dynamics/vip (\"starter schedule list\" shows them)"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.connect(c.Context()); err != nil {
				return err
			}
			if err := scheduleError("delete", args[0], a.schedule(c.Context(), args[0]).Delete(c.Context())); err != nil {
				return err
			}
			a.notef("schedule %s deleted", args[0])
			return nil
		},
	}
}
