package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/audience"
	"audienceflow/runs"
)

const (
	// noProgress is how long a run may stand still, throttling and short outages included, before
	// people are told.
	noProgress = 15 * time.Minute
	// longSteps is how long a step may last whose progress shows only at its end: it grows with the
	// audience.
	longSteps = 2 * time.Hour
	// lateFactor is how much longer than forecast sending may take; the forecast is for one web
	// server and knows no plug-ins.
	lateFactor = 3
)

// watchDelay tells once if the run stands still, or takes far longer than forecast. It costs a
// timer now and then, and nothing while the run is held or where nobody wants to know.
func (a *activation) watchDelay(ctx workflow.Context) {
	if !a.wanted(audience.AlertDelay) || a.delayed {
		return
	}
	workflow.GoNamed(ctx, "delay", func(ctx workflow.Context) {
		for still := time.Duration(0); !a.delayed; {
			if err := workflow.Await(ctx, func() bool { return a.control.status() == runs.StatusRunning }); err != nil {
				return
			}
			shown, tries := a.shows, a.tries
			if err := workflow.Sleep(ctx, a.in.StandStill); err != nil {
				return
			}
			if still += a.in.StandStill; a.gotOn(ctx, a.shows-shown, a.tries-tries) {
				still = 0
			}
			if why := a.late(ctx, still); why != "" && a.control.status() == runs.StatusRunning {
				a.delayed = true
				a.tell(ctx, audience.AlertDelay, why)
			}
		}
	})
}

// versionTriesStandStill marks histories of runs to which news of another try is no progress.
const versionTriesStandStill = "tries are no progress"

// gotOn reports whether a run that had so much to show, of which so much was but another try, has
// got anything done.
func (a *activation) gotOn(ctx workflow.Context, shown, tries int) bool {
	switch {
	case shown == 0:
		return false
	case shown > tries:
		return true
	}
	return workflow.GetVersion(ctx, versionTriesStandStill, workflow.DefaultVersion, 1) < 1
}

// late says why a run that has made no progress for some time is late; "" when it is not.
func (a *activation) late(ctx workflow.Context, still time.Duration) string {
	limit := a.in.StandStill
	switch a.report.Phase {
	case phaseStaging, phasePlanning, phaseValidating:
		limit = longSteps
	}
	if still >= limit {
		return fmt.Sprintf("no progress for %.0f minutes (%s)", still.Minutes(), a.report.Phase)
	}
	forecast := time.Duration(a.report.Minutes * float64(time.Minute))
	if took := workflow.Now(ctx).Sub(a.sendFrom); !a.sendFrom.IsZero() && took > lateFactor*forecast+noProgress {
		return fmt.Sprintf("it has been sending for %.0f minutes; %.0f were forecast", took.Minutes(), forecast.Minutes())
	}
	return ""
}
