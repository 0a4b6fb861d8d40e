package command

import (
	"context"
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// holdTime bounds the wait until a destination is paused or resumed: its worker has to note it and
// to tell the runs.
const holdTime = 30 * time.Second

// hearTime is how long the runs of a destination that goes on may take to hear of it.
const hearTime = 5 * time.Second

// PauseDestination holds everything to a destination: what is under way, and all that is started
// until it is resumed.
func (a *App) PauseDestination(ctx context.Context, destination string, order workflows.Order) error {
	if err := a.known(ctx, destination); err != nil {
		return err
	}
	options := client.StartWorkflowOptions{
		ID:                                       workflows.HoldID(destination),
		TaskQueue:                                workflows.TaskQueue(destination),
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            clip("Everything to " + destination + " is paused"),
	}
	_, err := a.start(ctx, options, audience.Activation{Destination: destination}, workflows.HoldDestinationType, func(bool) any {
		return workflows.HoldInput{Destination: destination, Order: order}
	})
	already := temporal.IsWorkflowExecutionAlreadyStartedError(err) // of which a pause that is in force is no failure
	if err != nil && !already {
		return err
	}
	anew := already && !order.Until.IsZero()
	if anew {
		if err := a.Temporal.SignalWorkflow(ctx, workflows.HoldID(destination), "", workflows.Pause.Name, order); err != nil {
			return &Exit{Code: ExitFailed, Err: fmt.Errorf("the pause of destination %s could not be given another time: %w", destination, err)}
		}
	}
	hold, err := a.awaitHold(ctx, destination, func(h workflows.Hold) bool { return h.Told && (!anew || sameSecond(h.Pause.Until, order.Until)) })
	if err != nil {
		return err
	}
	switch {
	case anew:
		a.notef("destination %s was paused already: it now goes on at %s, or with \"starter resume --destination %s\"", destination,
			order.Until.Local().Format(report.TimeLayout), destination)
	case already:
		a.notef("destination %s %s, so it stays as it is: --until TIME changes when it goes on", destination, hold.Pause)
	case !order.Until.IsZero():
		a.notef("destination %s is paused: what is started from now on is held until %s, or \"starter resume --destination %s\"", destination,
			order.Until.Local().Format(report.TimeLayout), destination)
	default:
		a.notef("destination %s is paused: what is started from now on is held until \"starter resume --destination %s\"", destination, destination)
	}
	return a.printHeld(ctx, destination)
}

// sameSecond compares times of which one may have been kept less exactly.
func sameSecond(a, b time.Time) bool { return a.Truncate(time.Second).Equal(b.Truncate(time.Second)) }

// awaitHold waits until the pause is in force.
func (a *App) awaitHold(ctx context.Context, destination string, inForce func(workflows.Hold) bool) (workflows.Hold, error) {
	deadline := time.Now().Add(holdTime)
	for {
		var hold workflows.Hold
		value, err := a.Temporal.QueryWorkflow(ctx, workflows.HoldID(destination), "", workflows.QueryStatus)
		if err == nil {
			err = value.Get(&hold)
		}
		switch {
		case err == nil && inForce(hold):
			return hold, nil
		case ctx.Err() != nil:
			return hold, &Exit{Code: ExitLeft, Err: ctx.Err()}
		case time.Now().After(deadline):
			return hold, &Exit{Code: ExitFailed, Err: fmt.Errorf("no worker of destination %s has carried out the pause yet; it holds as soon as one does: watch it with \"starter list\"", destination)}
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryPause):
		}
	}
}

// ResumeDestination lets a destination go on. Where it is not paused, it resumes the runs that are
// paused on their own.
func (a *App) ResumeDestination(ctx context.Context, destination string, order workflows.Order) error {
	if err := a.known(ctx, destination); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, holdTime)
	defer cancel()
	run, err := a.Temporal.SignalWithStartWorkflow(ctx, workflows.HoldID(destination), workflows.Resume.Name, order,
		client.StartWorkflowOptions{TaskQueue: workflows.TaskQueue(destination), StaticSummary: clip("Resume " + destination)},
		workflows.HoldDestinationType, workflows.HoldInput{Destination: destination, Order: order, Lift: true})
	if err != nil {
		return &Exit{Code: ExitFailed, Err: fmt.Errorf("resume destination %s: %w", destination, err)}
	}
	var hold workflows.Hold
	if err := run.Get(ctx, &hold); err != nil {
		return &Exit{Code: ExitFailed, Err: fmt.Errorf("destination %s could not be resumed: %w", destination, err)}
	}
	if hold.Lifted == nil {
		return a.resumeAll(ctx, destination, order)
	}
	a.notef("destination %s goes on; it was paused by %s", destination, hold.Lifted.By)
	return a.printFreed(ctx, destination)
}

// resumeAll resumes every run to a destination that is paused on its own.
func (a *App) resumeAll(ctx context.Context, destination string, order workflows.Order) error {
	a.notef("destination %s was not paused", destination)
	open, err := a.openRuns(ctx, destination)
	if err != nil {
		return err
	}
	for _, r := range open {
		if err := a.Temporal.SignalWorkflow(ctx, r.WorkflowID, "", workflows.Resume.Name, order); err != nil {
			a.notef("%v", notRunning(r.WorkflowID, err))
		}
	}
	return a.printHeld(ctx, destination)
}

// printHeld prints where everything to a destination stands.
func (a *App) printHeld(ctx context.Context, destination string) error {
	open, err := a.openRuns(ctx, destination)
	if err != nil {
		return err
	}
	held := make([]runs.Report, len(open))
	for i, r := range open {
		held[i] = a.whereIs(ctx, r.WorkflowID)
	}
	if len(held) == 0 {
		a.notef("nothing runs to %s at the moment", destination)
		if a.Format == "json" {
			return a.json(held)
		}
		return nil
	}
	return a.printReports(held)
}

// printFreed prints where everything to a destination stands that goes on, once the runs have heard
// of it, and names those that are still paused on their own.
func (a *App) printFreed(ctx context.Context, destination string) error {
	open, err := a.openRuns(ctx, destination)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(hearTime)
	for _, r := range open {
		now, err := a.query(ctx, r.WorkflowID)
		for err == nil && now.DestinationPaused && time.Now().Before(deadline) && ctx.Err() == nil {
			time.Sleep(lookAgain)
			now, err = a.query(ctx, r.WorkflowID)
		}
		if err == nil && (now.Status == runs.StatusPaused || now.Status == runs.StatusPausing) && !now.DestinationPaused && !now.QuietHours {
			a.notef("%s stays paused on its own: let it go on with \"starter resume %s\"", r.WorkflowID, r.WorkflowID)
		}
	}
	return a.printHeld(ctx, destination)
}

// holdOf is the pause of a destination, as its workflow tells; nil where none is in force.
func (a *App) holdOf(ctx context.Context, destination string) *workflows.Hold {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	var hold workflows.Hold
	value, err := a.Temporal.QueryWorkflow(ctx, workflows.HoldID(destination), "", workflows.QueryStatus)
	if err != nil || value.Get(&hold) != nil || hold.Status != runs.StatusPaused {
		return nil
	}
	return &hold
}
