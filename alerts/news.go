package alerts

import (
	"fmt"
	"slices"
	"strings"

	"audienceflow/audience"
	"audienceflow/runs"
	"audienceflow/store/destinations"
)

// rejectedShare is the share of excluded and failed rows beyond which there is trouble.
const rejectedShare = 0.01

// ManyRejected reports whether so many rows were excluded or have failed that people are told.
func ManyRejected(n runs.Numbers) bool {
	return n.Received > 0 && float64(n.Excluded+n.Failed) > rejectedShare*float64(n.Received)
}

// News is what there is to tell of a run, or of an audience.
type News struct {
	report   runs.Report
	notice   string            // start or success: told of every run
	troubles map[string]string // what is wrong, and why
	over     bool              // the run has come to an end: what is not among the troubles is over
}

// Of is what a run's report tells. Event is audience.AlertStart, AlertDelay or AlertSilence, with
// why where the report does not say it; without one the report is judged.
func Of(report runs.Report, event, why string) News {
	n := News{report: report, troubles: map[string]string{}}
	switch {
	case event == audience.AlertStart:
		n.notice = event
	case event != "":
		n.troubles[event] = why
	default:
		n.judge()
	}
	return n
}

// judge finds out what a report tells. A run under way, and one that a person holds, tell nothing.
func (n *News) judge() {
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
	if r.Kind != runs.KindStream && !n.validates() {
		n.notice = audience.AlertSuccess
	}
}

// validates tells of a report that is about a validation alone: it knows of no other trouble than a
// mismatch.
func (n News) validates() bool { return n.report.Kind == runs.KindValidate }

// Tell gives what a target is to hear that has been told some things already ("" for nothing), and
// what it has been told then.
func (n News) Tell(target audience.Alert, told destinations.AlertState) (string, destinations.AlertState) {
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
	case n.notice != "" && target.Wants(n.notice) && told.Notice != notice && (n.notice == audience.AlertStart || len(after.Troubles) == 0):
		after.Notice = notice
		return n.noticeText(map[string]string{audience.AlertStart: "Started", audience.AlertSuccess: "Done"}[n.notice]) + n.unheard(), after
	}
	return "", after
}

// unheard is what is wrong with a run all the same, for a target that is not told of it as trouble.
func (n News) unheard() string {
	why := n.troubles[audience.AlertMismatch]
	if why == "" {
		return ""
	}
	return "; " + why
}

// stays reports whether a trouble that a target was told of goes on. Only a run that ended without
// any trouble that the target wants to hear of ends it; that a run was held is over when it has
// ended.
func (n News) stays(target audience.Alert, kind string) bool {
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
