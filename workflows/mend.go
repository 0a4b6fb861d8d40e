package workflows

import (
	"errors"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/runs"
)

const (
	// versionMend marks the histories of runs that pause, and do not fail, for an error that comes
	// after the first write.
	versionMend = "pause after the first write"
	// phaseRecording is the run's last step.
	phaseRecording = "keeping the record"
)

// wrote tells whether anything may have been written.
func (a *activation) wrote() bool { return a.batches.next > 1 }

// untilMended takes a step that comes after the last batch. A run that has failed has written
// nothing; so what only a person can mend pauses one that may have written, and the step is taken
// anew when the run is resumed.
func (a *activation) untilMended(ctx workflow.Context, step func(workflow.Context) error) error {
	for {
		err := step(ctx)
		if err == nil || errors.Is(err, errNewerVersion) || ctx.Err() != nil || temporal.IsCanceledError(err) || !a.wrote() || !mendable(ctx) {
			return err
		}
		a.control.pauseSelf(ctx, mend(err, "run"))
		if err := a.control.clearance(ctx); err != nil {
			return err
		}
	}
}

// mendable is false in runs whose history is from before there was such a pause. It is asked only
// once there is an error.
func mendable(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, versionMend, workflow.DefaultVersion, 1) == 1
}

// mend says what happened, and what to do when it is mended.
func mend(err error, what string) string {
	return strings.TrimRight(explain(err), ". ") + ". Then resume the " + what + "."
}

// complete keeps the record of a run that has done all it had to do. While that cannot be done the
// run goes on.
func (a *activation) complete(ctx workflow.Context) error {
	a.phase(ctx, phaseRecording)
	return a.untilMended(ctx, func(ctx workflow.Context) error {
		apart, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		a.close(ctx, runs.StatusCompleted, "")
		err := a.record(apart)
		if err != nil {
			a.reopen()
		}
		return err
	})
}

// close says how the run has ended.
func (a *activation) close(ctx workflow.Context, status, reason string) {
	now := workflow.Now(ctx).UTC()
	a.report.Phase, a.report.EndedAt, a.report.Status, a.report.Reason = "", &now, status, reason
	a.report.Progress, a.closing = nil, true
}

func (a *activation) reopen() {
	a.closing = false
	a.report.Phase, a.report.EndedAt, a.report.Status, a.report.Reason = phaseRecording, nil, runs.StatusRunning, ""
}

// recordHeld keeps the numbers of a run that is held. Where that cannot be done, the run is paused
// for it too.
func (a *activation) recordHeld(ctx workflow.Context) error {
	err := a.record(ctx)
	if err == nil || ctx.Err() != nil || !mendable(ctx) {
		return err
	}
	a.control.pauseSelf(ctx, mend(err, "run"))
	return nil
}

// recordEnd keeps the record of a run that was canceled, or that has failed with nothing written.
// It ends so also where the record cannot be kept.
func (a *activation) recordEnd(ctx workflow.Context) error {
	err := a.record(ctx)
	if err == nil || !mendable(ctx) {
		return err
	}
	workflow.GetLogger(ctx).Warn("the record of the run could not be kept", "error", err)
	a.report.Notes = append(a.report.Notes, explain(err))
	return nil
}
