package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/starter/terminal"
	"audienceflow/workflows"
)

func newPause(a *App) *cobra.Command {
	var until string
	c := withDestination(newSignal(a, "pause", "Hold a run, or everything to one CRM: what is under way is finished and booked, nothing new starts", workflows.Pause),
		`Holds a run: what was sent is finished and booked, nothing new starts. With --destination, everything to one CRM is held, also
what is started later, by hand, by a schedule or by a stream, until "starter resume --destination". With --until it goes on by
itself at that time: 18:00 (the next one), "2026-12-01 06:00", RFC 3339, or a while such as 90m. Of what is paused already,
--until changes when it goes on, sooner or later; without it nothing changes. Hours in which nothing is sent every day are the
worker's DYNAMICS_QUIET_HOURS.`,
		`  starter pause --destination dynamics --reason "maintenance tonight" --until 06:00`, a.PauseDestination)
	c.Flags().StringVar(&until, "until", "", "when it goes on by itself, such as 18:00 or 90m")
	return c
}

func newResume(a *App) *cobra.Command {
	return withDestination(newSignal(a, "resume", "Let a paused run, or everything to one CRM, go on", workflows.Resume),
		`Lets a paused run go on. With --destination, the pause of that destination is lifted; runs that are paused on their own stay so.
Where the destination is not paused, every run to it that is paused on its own is resumed.`,
		`  starter resume --destination dynamics`, a.ResumeDestination)
}

func newApprove(a *App) *cobra.Command {
	c := newSignal(a, "approve", "Let a run go on that a guard holds, or send over the day's budget", workflows.Approve)
	c.Long = `Lets a run go on that is waiting: because a guard has tripped ("starter status" says which, and by which numbers), or because the rows
of DYNAMICS_DAILY_ROWS are used up; then the rest is sent over the budget. A run that is paused goes on with "starter resume".
To end it instead: "starter cancel"; before the first write nothing has been written then.`
	return c
}

func newSignal(a *App, name, short string, signal workflows.Signal) *cobra.Command {
	c := &cobra.Command{
		Use:               name + " ID",
		Short:             short,
		Example:           fmt.Sprintf(`  starter %s activate/dynamics/vip --reason "seen by ann"`, name),
		Args:              noneOrOneID,
		ValidArgsFunction: a.completeIDs(underWay),
		RunE: func(c *cobra.Command, args []string) error {
			if err := oneID(c, args); err != nil {
				return err
			}
			order, err := orderOf(c)
			if err != nil {
				return err
			}
			return a.Signal(c.Context(), signal, args[0], order)
		},
	}
	shown := "kept in the run's history"
	if signal == workflows.Pause {
		shown = "shown wherever the run is"
	}
	c.Flags().String("reason", "", "why; "+shown)
	return c
}

// orderOf is the order that a command's flags ask for, signed by who runs it.
func orderOf(c *cobra.Command) (workflows.Order, error) {
	order := workflows.Order{Reason: c.Flags().Lookup("reason").Value.String(), By: operator()}
	until := c.Flags().Lookup("until")
	if until == nil || !until.Changed {
		return order, nil
	}
	at, err := terminal.Moment(until.Value.String(), time.Now())
	if err != nil {
		return order, usage("--until: %w", err)
	}
	order.Until = at.UTC()
	return order, nil
}

// withDestination lets a command also take everything to a destination.
func withDestination(c *cobra.Command, long, example string, do func(ctx context.Context, destination string, order workflows.Order) error) *cobra.Command {
	var destination string
	one := c.RunE
	c.Use, c.Long, c.Example = strings.Replace(c.Use, "ID", "[ID | --destination NAME]", 1), long, c.Example+"\n"+example
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 1 && destination != "", len(args) == 0 && !c.Flags().Changed("destination"):
			return usage("name a run (\"starter list\" shows their ids) or, with --destination, everything to one CRM")
		case len(args) == 1:
			return one(c, args)
		}
		order, err := orderOf(c)
		if err != nil {
			return err
		}
		return do(c.Context(), destination, order)
	}
	c.Flags().StringVar(&destination, "destination", "", "everything to this destination")
	return c
}

// Signal sends a signal to a run and prints where it stands. Exit code 2 when the run does not get
// where the signal asks for.
func (a *App) Signal(ctx context.Context, signal workflows.Signal, id string, order workflows.Order) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if err := a.steerable(ctx, signal, id); err != nil {
		return err
	}
	before, beforeErr := a.query(ctx, id)
	if beforeErr == nil && signal == workflows.Approve {
		if err := approvable(before); err != nil { // kept by the run, it would act unseen later
			return err
		}
	}
	if err := a.Temporal.SignalWorkflow(ctx, id, "", signal.Name, order); err != nil {
		return notRunning(id, err)
	}
	if beforeErr != nil {
		report := a.unanswered(ctx, id)
		a.notef("the order to %s it is kept: it takes effect as soon as a worker is there", signal.Name)
		return a.printReports([]runs.Report{report})
	}
	after := a.whereIs(ctx, id)
	if err := a.printReports([]runs.Report{after}); err != nil {
		return err
	}
	return a.judge(signal, order, before, after)
}

// judge says what a signal did not do. What it asks for may hold already; that is no error.
func (a *App) judge(signal workflows.Signal, order workflows.Order, before, after runs.Report) error {
	held := before.Status == runs.StatusPaused || before.Status == runs.StatusPausing
	id := before.WorkflowID
	switch {
	case signal == workflows.Pause && held && before.By != workflows.SelfName && !before.DestinationPaused && !before.QuietHours:
		if until := after.Until; until != nil && sameSecond(*until, order.Until) {
			a.notef("%s was paused already: it now goes on at %s, or with \"starter resume %s\"", id, until.Local().Format(report.TimeLayout), id)
			return nil
		}
		a.notef("%s was paused already, so that stays as it is: --until TIME changes when it goes on", id)
	case signal != workflows.Pause && after.QuietHours:
		return usage("%s is held: %s. To send before, change DYNAMICS_QUIET_HOURS and restart the workers of %s", id, after.Reason, after.Destination)
	case signal == workflows.Resume && after.DestinationPaused:
		return usage("%s is held: %s (%s). Everything to it goes on with: starter resume --destination %s", id, after.Reason, after.By, after.Destination)
	case signal == workflows.Resume && before.Status == runs.StatusWaiting:
		return usage("%s is not paused: it waits for approval. Let it go on with: starter approve %s", id, id)
	case signal == workflows.Resume && !held:
		a.notef("%s was not paused: it is %s", id, before.Status)
	case signal == workflows.Approve && before.Status != runs.StatusWaiting:
		a.notef("%s was not waiting for approval: it is %s", id, before.Status)
	}
	return nil
}

// approvable says why a run is not approved now: what holds it comes first, and what it asks about
// may change until then.
func approvable(r runs.Report) error {
	id := r.WorkflowID
	switch {
	case r.QuietHours:
		return usage("%s is held: %s. Nothing was approved: approve it then, or change DYNAMICS_QUIET_HOURS and restart the workers of %s", id, r.Reason, r.Destination)
	case r.DestinationPaused:
		return usage("%s is held with its destination, and nothing was approved: %s (%s). Everything to it goes on with: starter resume --destination %s",
			id, r.Reason, r.By, r.Destination)
	case r.Status == runs.StatusPaused || r.Status == runs.StatusPausing:
		return usage("%s is paused, and nothing was approved. Let it go on with: starter resume %s", id, id)
	}
	return nil
}

// cancelOptions are those of a cancellation with a reason.
func cancelOptions(id, reason string) client.CancelWorkflowOptions {
	return client.CancelWorkflowOptions{WorkflowID: id, Reason: orDefault(reason, "starter cancel") + " (" + operator() + ")"}
}

func newCancel(a *App) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:               "cancel ID",
		Short:             "End a run: what is under way is finished and booked, the rest stays as it is",
		Example:           `  starter cancel activate/dynamics/vip`,
		Args:              oneID,
		ValidArgsFunction: a.completeIDs(underWay),
		RunE:              func(c *cobra.Command, args []string) error { return a.Cancel(c.Context(), args[0], reason) },
	}
	c.Flags().StringVar(&reason, "reason", "", "why; kept in the run's history")
	return c
}

// Cancel asks a run to end, waits until it has, and prints its report.
func (a *App) Cancel(ctx context.Context, id, reason string) error {
	if err := a.connect(ctx); err != nil {
		return err
	}
	if ended := a.ended(ctx, id); ended != nil {
		return endedAlready(*ended, "cancel")
	}
	if err := a.Temporal.CancelWorkflowWithOptions(ctx, cancelOptions(id, reason)); err != nil {
		return notRunning(id, err)
	}
	last, err := outcome(ctx, a.Temporal.GetWorkflow(ctx, id, ""))
	if err != nil {
		return leftRunning(id)
	}
	if described, err := a.Temporal.DescribeWorkflowExecution(ctx, id, ""); err == nil && last.Kind == runs.KindStream {
		last = a.withWindow(ctx, last, described.GetWorkflowExecutionInfo())
		a.notef("%s begins again with the next profile, and while anything is in its inbox: to end it for good, take its activation file out of serve's folder", id)
	}
	a.addCanceler(ctx, &last)
	return a.printReports([]runs.Report{last})
}

// ended is a workflow that has come to its end; nil for one that goes on, or that Temporal does not
// know.
func (a *App) ended(ctx context.Context, id string) *listed {
	described, err := a.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return nil
	}
	if l := listedOf(described.GetWorkflowExecutionInfo()); l.EndedAt != nil {
		return &l
	}
	return nil
}

func notRunning(id string, err error) error {
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return usage("%s is not running: \"starter list\" shows what is", id)
	}
	return &Exit{Code: ExitFailed, Err: fmt.Errorf("%s could not be reached: %w", id, err)}
}

// steerable says why a workflow takes no order: it has ended, or is none that could be held.
func (a *App) steerable(ctx context.Context, signal workflows.Signal, id string) error {
	switch kind, destination, _, _ := workflows.SplitID(id); kind {
	case runs.KindValidate:
		return usage("%s only reads, and takes no order to %s: end it with \"starter cancel %s\"; what holds it with its destination is "+
			"\"starter pause --destination %s\"", id, signal.Name, id, destination)
	case kindHold:
		return usage("%s is the pause of destination %s: it is lifted with \"starter resume --destination %s\"", id, destination, destination)
	}
	if ended := a.ended(ctx, id); ended != nil {
		return endedAlready(*ended, signal.Name)
	}
	return nil
}

// endedAlready says of a run that it has ended, how, and what can be done instead of an order to
// it.
func endedAlready(l listed, order string) error {
	id := l.WorkflowID
	instead := fmt.Sprintf("\"starter status %s\" shows its report", id)
	switch again := startsAgain(l); {
	case order == "cancel":
		instead = fmt.Sprintf("\"starter status %s\" shows how", id)
	case l.Status == runs.StatusFailed:
		instead = fmt.Sprintf("\"starter status %s\" shows why; when that is mended, start it again with \"%s\"", id, again)
	case l.Status == runs.StatusCanceled:
		instead = fmt.Sprintf("\"starter status %s\" shows how far it came; to do the rest, start it again with \"%s\"", id, again)
	}
	return usage("%s has ended already, as %s on %s, so there is nothing to %s: %s", id, l.Status,
		l.EndedAt.Local().Format(report.TimeLayout), order, instead)
}

// startsAgain is the command that starts a run of its kind.
func startsAgain(l listed) string {
	switch l.Kind {
	case runs.KindPlan, runs.KindValidate, runs.KindUnmap:
		return "starter " + l.Kind + " -f FILE"
	case runs.KindRepair:
		return "starter validate -f FILE --repair"
	case runs.KindReplay:
		return "starter replay RUN"
	case runs.KindStream:
		return "starter serve"
	}
	return "starter activate -f FILE"
}
