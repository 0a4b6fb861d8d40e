package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"audienceflow/audience"
	"audienceflow/runs"
)

const (
	// noProgress is how long a run may stand still, throttling and short outages included, before people are told.
	noProgress = 15 * time.Minute
	// longSteps is how long a step may last whose progress shows only at its end: it grows with the audience.
	longSteps = 2 * time.Hour
	// lateFactor is how much longer than forecast sending may take; the forecast is for one web server and knows no plug-ins.
	lateFactor = 3
)

// watchDelay tells once if the run stands still, or takes far longer than forecast. It costs a timer every noProgress, and nothing
// while the run is held or where nobody wants to know.
func (a *activation) watchDelay(ctx workflow.Context) {
	if !a.wanted(audience.AlertDelay) || a.delayed {
		return
	}
	workflow.GoNamed(ctx, "delay", func(ctx workflow.Context) {
		for still := time.Duration(0); !a.delayed; {
			if err := workflow.Await(ctx, func() bool { return a.control.status() == runs.StatusRunning }); err != nil {
				return
			}
			mark := a.progress
			if err := workflow.Sleep(ctx, noProgress); err != nil {
				return
			}
			if still += noProgress; mark != a.progress {
				still = 0
			}
			if why := a.late(ctx, still); why != "" && a.control.status() == runs.StatusRunning {
				a.delayed = true
				a.tell(ctx, audience.AlertDelay, why)
			}
		}
	})
}

// late says why a run that has made no progress for some time is late; "" when it is not.
func (a *activation) late(ctx workflow.Context, still time.Duration) string {
	limit := noProgress
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
