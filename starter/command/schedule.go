package command

import (
	"cmp"
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

func newScheduleUpdate(a *App) *cobra.Command {
	var s scheduling
	c := &cobra.Command{
		Use:   "update -f FILE",
		Short: "Give schedules their activations anew from the file, and another time with --cron",
		Example: `  starter schedule update -f vip.yaml
  starter schedule update -f vip.yaml --cron "0 4 * * *" --timezone Europe/Berlin`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.updateSchedules(c.Context(), s) },
	}
	fileFlag(c, &s.file)
	c.Flags().StringVar(&s.cron, "cron", "", "another time: minute hour day month weekday; without it the time stays")
	c.Flags().StringVar(&s.zone, "timezone", "", "another time zone of the expression; without it the zone stays")
	c.Flags().BoolVar(&s.validate, "validate", false, "update the schedules that validate")
	return c
}

func (a *App) updateSchedules(ctx context.Context, s scheduling) error {
	list, err := load(s.file)
	if err != nil {
		return err
	}
	if s.file, err = filepath.Abs(s.file); err != nil {
		return err
	}
	if err := a.connect(ctx); err != nil {
		return err
	}
	for _, activation := range list {
		id := s.id(activation)
		err := a.schedule(ctx, id).Update(ctx, client.ScheduleUpdateOptions{
			DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
				return s.update(in.Description.Schedule, activation)
			},
		})
		if err := scheduleError("update", id, err); err != nil {
			return err
		}
		a.notef("schedule %s has its activation from %s", id, s.file)
	}
	return a.listSchedules(ctx)
}

// update gives a schedule its activation anew. What it was made with stays, but for what was asked
// for.
func (s scheduling) update(schedule client.Schedule, activation audience.Activation) (*client.ScheduleUpdate, error) {
	action, ok := schedule.Action.(*client.ScheduleWorkflowAction)
	made, known := madeOf(schedule.Action)
	if !ok || !known {
		return nil, errors.New("it starts something that this starter does not know: delete it and create it anew")
	}
	made.Activation, made.File = activation, s.file
	if s.cron != "" || s.zone != "" {
		var spec client.ScheduleSpec
		if schedule.Spec != nil {
			spec.Jitter, spec.TimeZoneName = schedule.Spec.Jitter, schedule.Spec.TimeZoneName
		}
		made.Cron, made.Zone = cmp.Or(s.cron, made.Cron), cmp.Or(s.zone, made.Zone, spec.TimeZoneName, "UTC")
		if made.Cron == "" {
			return nil, errors.New("an earlier version has made it and kept no expression: give --cron besides --timezone")
		}
		spec.CronExpressions, spec.TimeZoneName = []string{made.Cron}, made.Zone
		schedule.Spec = &spec
	}
	action.Args = []any{made}
	return &client.ScheduleUpdate{Schedule: &schedule}, nil
}

func newScheduleTrigger(a *App) *cobra.Command {
	return scheduleCommand(a, "trigger", "Start what a schedule starts now, besides its times", "started",
		func(ctx context.Context, handle client.ScheduleHandle, _ string) error {
			return handle.Trigger(ctx, client.ScheduleTriggerOptions{})
		})
}

func newSchedulePause(a *App) *cobra.Command {
	return scheduleCommand(a, "pause", "Start nothing until the schedule is resumed; a run that it has started goes on", "paused",
		func(ctx context.Context, handle client.ScheduleHandle, note string) error {
			return handle.Pause(ctx, client.SchedulePauseOptions{Note: note})
		})
}

func newScheduleResume(a *App) *cobra.Command {
	return scheduleCommand(a, "resume", "Let a paused schedule go on", "resumed",
		func(ctx context.Context, handle client.ScheduleHandle, note string) error {
			return handle.Unpause(ctx, client.ScheduleUnpauseOptions{Note: note})
		})
}

// scheduleCommand does one thing to one schedule.
func scheduleCommand(a *App, verb, short, done string, do func(context.Context, client.ScheduleHandle, string) error) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:     verb + " ID",
		Short:   short,
		Example: "  starter schedule " + verb + " activate/dynamics/vip",
		Args:    oneArg("schedule", "activate/dynamics/vip (\"starter schedule list\" shows them)"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.connect(c.Context()); err != nil {
				return err
			}
			note := done + " by " + operator()
			if reason != "" {
				note += ": " + reason
			}
			if err := scheduleError(verb, args[0], do(c.Context(), a.schedule(c.Context(), args[0]), clip(note))); err != nil {
				return err
			}
			a.notef("schedule %s %s", args[0], done)
			if verb == "trigger" {
				a.notef("watch it with \"starter follow %s\"", args[0])
			}
			return nil
		},
	}
	if verb != "trigger" {
		c.Flags().StringVar(&reason, "reason", "", "why, for those who look at the schedule")
	}
	return c
}

func (a *App) schedule(ctx context.Context, id string) client.ScheduleHandle {
	return a.Temporal.ScheduleClient().GetHandle(ctx, id)
}

// scheduleError says what went wrong with a schedule.
func scheduleError(verb, id string, err error) error {
	var missing *serviceerror.NotFound
	var invalid *serviceerror.InvalidArgument
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return usage("there is no schedule %s: \"starter schedule list\" shows what there is", id)
	case errors.As(err, &invalid):
		return usage("Temporal does not take this schedule: %s", invalid.Message)
	}
	return &Exit{Code: ExitFailed, Err: fmt.Errorf("%s schedule %s: %w", verb, id, err)}
}
