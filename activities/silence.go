package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store"
)

// TellSilence tells of audiences of a destination that have had no run for longer than their activation expects: a schedule that was
// deleted, a source that sends nothing any more. It can be repeated as often as one likes; each target is told once.
func TellSilence(ctx context.Context, o Options, now time.Time) error {
	latest, err := o.Store.LatestRuns(ctx, o.Destination.Name)
	if err != nil {
		return err
	}
	records := &Records{o: o}
	var problems []error
	for _, run := range latest {
		if run.Kind == runs.KindUnmap {
			continue // nobody expects more of it
		}
		a, err := ActivationOf(ctx, o.Store, run.Run)
		if errors.Is(err, store.ErrNoRun) || err == nil && (a.ExpectEvery <= 0 || now.Sub(run.StartedAt) <= a.ExpectEvery) {
			continue
		}
		if err == nil {
			_, err = records.SendAlert(ctx, SendAlertInput{
				Targets: a.Alerts, Event: audience.AlertSilence,
				Report: Report{Run: run.Run, WorkflowID: run.WorkflowID, Destination: run.Destination, Audience: run.Audience, Name: a.Name},
				Why:    fmt.Sprintf("no run has begun since %s; one was expected every %s", run.StartedAt.UTC().Format("2006-01-02 15:04 MST"), a.ExpectEvery),
			})
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
