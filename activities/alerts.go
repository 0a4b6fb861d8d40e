package activities

import (
	"context"
	"fmt"
	"strings"

	"github.com/nicholas-fedor/shoutrrr"
	"go.temporal.io/sdk/temporal"
)

// States of an audience that people are told of.
const (
	AlertOK      = "ok"      // the last run ended well
	AlertTrouble = "trouble" // a run failed, is held, or has too many rows that did not get through
)

// rejectedShare is the share of excluded and failed rows beyond which a run that ended is trouble.
const rejectedShare = 0.01

// SendAlertInput is where an audience stands. Targets are URLs, or names whose URL the worker knows (ALERT_<NAME>_URL).
type SendAlertInput struct {
	Targets []string `json:"targets"`
	Report  Report   `json:"report"`
}

// SendAlertResult says whether anything had to be sent.
type SendAlertResult struct {
	State string `json:"state"`
	Sent  bool   `json:"sent"`
}

// SendAlert tells the activation's targets of trouble, and once of its end; in between, and as long as all goes well,
// nobody is disturbed. It can be repeated. A target that cannot be reached is an error that must not harm the run.
func (r *Records) SendAlert(ctx context.Context, in SendAlertInput) (SendAlertResult, error) {
	state, why := stateOf(in.Report)
	out := SendAlertResult{State: state}
	last, err := r.o.Store.AlertState(ctx, in.Report.Destination, in.Report.Audience)
	if err != nil {
		return out, translate(err)
	}
	if state == last || state == AlertOK && last == "" {
		return out, nil
	}
	if err := r.send(in.Targets, alertText(in.Report, state, why)); err != nil {
		return out, err
	}
	out.Sent = true
	return out, translate(r.o.Store.SetAlertState(ctx, in.Report.Destination, in.Report.Audience, state, why))
}

// stateOf judges a report: its state, and why it is trouble.
func stateOf(r Report) (state, why string) {
	rejected := r.Excluded + r.Failed
	switch {
	case r.Status == StatusFailed, r.NeedsPerson:
		return AlertTrouble, r.Status + ": " + r.Reason
	case r.Validation != nil && r.Validation.Verdict == VerdictMismatch:
		return AlertTrouble, mismatchText(*r.Validation)
	case r.Received > 0 && float64(rejected) > rejectedShare*float64(r.Received):
		return AlertTrouble, fmt.Sprintf("%d of %d rows were excluded or have failed", rejected, r.Received)
	}
	return AlertOK, ""
}

func mismatchText(v Validation) string {
	text := fmt.Sprintf("the validation found %d mismatched, %d missing and %d unexpected contacts", v.Mismatched, v.Missing, v.Unexpected)
	if gap := v.ByStatus.gap(); v.Scope == ScopeRun && gap > 0 {
		text += fmt.Sprintf("; the whole column holds %d realized (expected %d) and %d exited (expected %d): \"starter validate\" names the contacts",
			v.ByStatus.Realized.Actual, v.ByStatus.Realized.Expected, v.ByStatus.Exited.Actual, v.ByStatus.Exited.Expected)
	}
	return text
}

func alertText(r Report, state, why string) string {
	name := r.Name
	if name == "" {
		name = r.Audience
	}
	if state == AlertOK {
		return fmt.Sprintf("Recovered: %s in %s: %d rows received, %d activated, %d unchanged (run %s)",
			name, r.Destination, r.Received, r.Activated, r.Unchanged, r.Run)
	}
	return fmt.Sprintf("%s in %s: %s\nstarter status %s    starter rejected %s", name, r.Destination, why, r.WorkflowID, r.Run)
}

// send sends to all targets and reports those that could not be reached, without their URLs: they may hold a secret.
func (r *Records) send(targets []string, text string) error {
	var failed []string
	for i, target := range targets {
		url := target
		if !strings.Contains(target, "://") {
			if url = r.alertURL(target); url == "" {
				failed = append(failed, fmt.Sprintf("%s (the worker has no ALERT_%s_URL)", target, environmentName(target)))
				continue
			}
		}
		if err := shoutrrr.Send(url, text); err != nil {
			failed = append(failed, fmt.Sprintf("target %d", i+1))
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return temporal.NewApplicationError("these alert targets could not be reached: "+strings.Join(failed, ", "), ErrAlert)
}

func (r *Records) alertURL(name string) string {
	if r.o.AlertURL == nil {
		return ""
	}
	return r.o.AlertURL(name)
}

// environmentName is a name as it stands in a variable's.
func environmentName(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}
