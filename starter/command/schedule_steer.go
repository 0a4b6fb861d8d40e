package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"audienceflow/audience"
)

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
