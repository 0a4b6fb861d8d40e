package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store/destinations"
	"audienceflow/store/runlog"
)

// rejectedShare is the share of excluded and failed rows beyond which there is trouble.
const rejectedShare = 0.01

// ManyRejected reports whether so many rows were excluded or have failed that people are told.
func ManyRejected(n runs.Numbers) bool {
	return n.Received > 0 && float64(n.Excluded+n.Failed) > rejectedShare*float64(n.Received)
}

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
	news := newsOf(in)
	var out SendAlertResult
	var failed []string
	for i, target := range in.Targets {
		told, err := r.o.Store.AlertState(ctx, in.Report.Destination, in.Report.Audience, target.To)
		if err != nil {
			return out, err
		}
		text, after := news.tell(target, told)
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

// news is what there is to tell.
type news struct {
	report   runs.Report
	notice   string            // start or success: told of every run
	troubles map[string]string // what is wrong, and why
	over     bool              // the run has come to an end: what is not among the troubles is over
}

func newsOf(in SendAlertInput) news {
	n := news{report: in.Report, troubles: map[string]string{}}
	switch {
	case in.Event == audience.AlertStart:
		n.notice = in.Event
	case in.Event != "":
		n.troubles[in.Event] = in.Why
	default:
		n.judge()
	}
	return n
}

// judge finds out what a report tells. A run under way, and one that a person holds, tell nothing.
func (n *news) judge() {
	r := n.report
	n.over = r.Status == runs.StatusCompleted || r.Status == runs.StatusFailed || r.Kind == runs.KindStream && r.Status == runs.StatusRunning
	switch {
	case r.Status == runs.StatusFailed:
		n.troubles[audience.AlertFailure] = "failed: " + r.Reason
		return
	case !n.over && r.NeedsPerson:
		n.troubles[audience.AlertHeld] = r.Status + ": " + r.Reason
		return
	case !n.over:
		return
	}
	if v := r.Validation; v != nil && v.Verdict == runs.VerdictMismatch {
		n.troubles[audience.AlertMismatch] = "the validation found a mismatch: " + v.Differences()
	}
	if ManyRejected(r.Numbers) {
		n.troubles[audience.AlertRejected] = fmt.Sprintf("%s of %s rows were excluded or have failed", runs.Count(r.Excluded+r.Failed), runs.Count(r.Received))
	}
	if len(n.troubles) == 0 && r.Kind != runs.KindStream && !n.validates() {
		n.notice = audience.AlertSuccess
	}
}

// validates tells of a report that is about a validation alone: it knows of no other trouble than a
// mismatch.
func (n news) validates() bool { return n.report.Kind == runs.KindValidate }

// tell gives what a target is to hear that has been told some things already ("" for nothing), and
// what it has been told then.
func (n news) tell(target Alert, told destinations.AlertState) (string, destinations.AlertState) {
	after := destinations.AlertState{Notice: told.Notice}
	var fresh []string
	for _, kind := range audience.AlertTroubles {
		why, now := n.troubles[kind]
		known := slices.Contains(told.Troubles, kind)
		switch {
		case now && target.Wants(kind):
			after.Troubles = append(after.Troubles, kind)
			if !known {
				fresh = append(fresh, why)
			}
		case known && n.stays(target, kind):
			after.Troubles = append(after.Troubles, kind)
		}
	}
	notice := n.notice + " " + n.report.Run
	switch {
	case len(fresh) > 0:
		return n.troubleText(strings.Join(fresh, "; ")), after
	case n.validates() && slices.Contains(told.Troubles, audience.AlertMismatch) && !slices.Contains(after.Troubles, audience.AlertMismatch):
		v := *n.report.Validation
		return fmt.Sprintf("Recovered: %s in %s: the validation found no difference: %s contacts expected, %s matched", n.name(), n.report.Destination,
			runs.Count(v.Expected), runs.Count(v.Matched)), after
	case n.over && !n.validates() && len(told.Troubles) > 0 && len(after.Troubles) == 0:
		after.Notice = notice
		return n.noticeText("Recovered"), after
	case n.notice != "" && target.Wants(n.notice) && told.Notice != notice:
		after.Notice = notice
		return n.noticeText(map[string]string{audience.AlertStart: "Started", audience.AlertSuccess: "Done"}[n.notice]), after
	}
	return "", after
}

// stays reports whether a trouble that a target was told of goes on. Only a run that ended without
// any trouble that the target wants to hear of ends it; that a run was held is over when it has
// ended.
func (n news) stays(target Alert, kind string) bool {
	if !n.over {
		return true
	}
	if n.validates() {
		return kind != audience.AlertMismatch
	}
	if kind == audience.AlertHeld {
		return false
	}
	for other := range n.troubles {
		if target.Wants(other) {
			return true
		}
	}
	return false
}

func (n news) name() string {
	if n.report.Name != "" {
		return n.report.Name
	}
	return n.report.Audience
}

func (n news) troubleText(why string) string {
	r := n.report
	more := "starter rejected " + r.Run
	if n.validates() {
		more = "starter validate -f FILE --repair"
	}
	return fmt.Sprintf("%s in %s: %s\nstarter status %s    %s", n.name(), r.Destination, why, r.WorkflowID, more)
}

func (n news) noticeText(word string) string {
	r := n.report
	if n.notice == audience.AlertStart {
		return fmt.Sprintf("%s: %s in %s (run %s)", word, n.name(), r.Destination, r.Run)
	}
	return fmt.Sprintf("%s: %s in %s: %s rows received%s (run %s)", word, n.name(), r.Destination, runs.Count(r.Received), outcomes(r), r.Run)
}

// outcomes are what became of the rows received, as the report calls it; those that no row came to
// are left out but for what was changed.
func outcomes(r runs.Report) string {
	text := fmt.Sprintf(", %s %s", runs.Count(r.Activated), r.ChangedWord())
	for _, part := range []struct {
		rows int64
		word string
	}{{r.Unchanged, "unchanged"}, {r.Superseded, "superseded"}, {r.Excluded, "excluded"}, {r.Failed, "failed"}, {r.Pending, "pending"}} {
		if part.rows > 0 {
			text += fmt.Sprintf(", %s %s", runs.Count(part.rows), part.word)
		}
	}
	return text
}

// send tells one target. What it returns names one that could not be reached, without its URL: that
// may hold a secret. A URL of the worker's environment may lead anywhere, one of an activation file
// only where Alerts lets it.
func (o Options) send(place int, target, text string) string {
	tell := o.Alerts.Tell
	if !strings.Contains(target, "://") {
		url := o.alertURL(target)
		if url == "" {
			return fmt.Sprintf("%s (the worker has no ALERT_%s_URL)", target, environmentName(target))
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

// environmentName is a name as it stands in a variable's.
func environmentName(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
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
