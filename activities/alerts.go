package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"audienceflow/alerts"
	"audienceflow/audience"
	"audienceflow/dynamics"
	"audienceflow/runs"
	"audienceflow/store/runlog"
)

// tellTime is how long a target may take: one that hangs must not keep the others from being told.
const tellTime = 10 * time.Second

// Alerts reach those who are to be told.
type Alerts interface {
	// Tell sends a text to a URL of an activation file, as far as its host may be reached.
	Tell(target, text string) error
	// TellAnywhere sends a text to a URL of the worker's own environment.
	TellAnywhere(target, text string) error
	// Look finds out whether a URL of an activation file may be reached, and which hosts it leads
	// to, and sends nothing.
	Look(target string) (hosts []string, err error)
	// Usable finds out whether a URL of the worker's own environment is one, and sends nothing.
	Usable(target string) error
	// Refusal is why a host may not be reached, without the URL; nil: that was not the reason of
	// the error.
	Refusal(err error) error
}

// Alert is somebody to be told, and of what.
type Alert = audience.Alert

// SendAlertInput is where an audience stands. Event is audience.AlertStart, AlertDelay or
// AlertSilence, with Why where the report does not say it; without one the report is judged.
type SendAlertInput struct {
	Targets []Alert     `json:"targets"`
	Report  runs.Report `json:"report"`
	Event   string      `json:"event,omitempty"`
	Why     string      `json:"why,omitempty"`
}

// SendAlertResult counts the targets that had to be told something.
type SendAlertResult struct {
	Told int `json:"told"`
}

// SendAlert tells the activation's targets what they asked for: each trouble once, until it is
// over, and then once of that. It can be repeated: what each has been told is kept. A target that
// cannot be reached is an error that must not harm the run; the others are told all the same.
func (r *Records) SendAlert(ctx context.Context, in SendAlertInput) (SendAlertResult, error) {
	return perform(ctx, nil, in, r.tell)
}

func (r *Records) tell(ctx context.Context, in SendAlertInput) (SendAlertResult, error) {
	news := alerts.Of(in.Report, in.Event, in.Why)
	var out SendAlertResult
	var failed []string
	for i, target := range in.Targets {
		told, err := r.o.Store.AlertState(ctx, in.Report.Destination, in.Report.Audience, target.To)
		if err != nil {
			return out, err
		}
		text, after := news.Tell(target, told)
		if text != "" {
			if problem := r.o.send(i, target.To, text); problem != "" {
				failed = append(failed, problem)
				continue
			}
			out.Told++
		}
		if text == "" && slices.Equal(after.Troubles, told.Troubles) {
			continue
		}
		if err := r.o.Store.SetAlertState(ctx, in.Report.Destination, in.Report.Audience, target.To, after); err != nil {
			return out, err
		}
	}
	if len(failed) == 0 {
		return out, nil
	}
	return out, temporal.NewApplicationError("these alert targets could not be reached: "+strings.Join(failed, ", "), ErrAlert)
}

// send tells one target. What it returns names one that could not be reached, without its URL: that
// may hold a secret. A URL of the worker's environment may lead anywhere, one of an activation file
// only where Alerts lets it.
func (o Options) send(place int, target, text string) string {
	tell := o.Alerts.Tell
	if !strings.Contains(target, "://") {
		url := o.alertURL(target)
		if url == "" {
			return fmt.Sprintf("%s (the worker has no ALERT_%s_URL)", target, dynamics.SettingName(target))
		}
		tell, target = o.Alerts.TellAnywhere, url
	}
	done := make(chan error, 1)
	go func() { done <- tell(target, text) }()
	timer := time.NewTimer(tellTime)
	defer timer.Stop()
	select {
	case err := <-done:
		if err == nil {
			return ""
		}
		if why := o.Alerts.Refusal(err); why != nil {
			return fmt.Sprintf("target %d (%v)", place+1, why)
		}
	case <-timer.C:
	}
	return fmt.Sprintf("target %d", place+1)
}

func (o Options) alertURL(name string) string {
	if o.AlertURL == nil {
		return ""
	}
	return o.AlertURL(name)
}

// AlertOverdue tells of audiences of a destination that have had no run for longer than their
// activation expects: a schedule that was deleted, a source that sends nothing any more. It can be
// repeated as often as one likes; each target is told once.
func AlertOverdue(ctx context.Context, o Options, now time.Time) error {
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
		if errors.Is(err, runlog.ErrNoRun) || err == nil && (a.ExpectEvery <= 0 || now.Sub(run.StartedAt) <= a.ExpectEvery) {
			continue
		}
		if err == nil {
			_, err = records.tell(ctx, SendAlertInput{
				Targets: a.Alerts, Event: audience.AlertSilence,
				Report: runs.Report{Run: run.Run, WorkflowID: run.WorkflowID, Destination: run.Destination, Audience: run.Audience, Name: a.Name},
				Why:    fmt.Sprintf("no run has begun since %s; one was expected every %s", run.StartedAt.UTC().Format("2006-01-02 15:04 MST"), a.ExpectEvery),
			})
		}
		problems = append(problems, translate(err))
	}
	return errors.Join(problems...)
}
