package report

import (
	"math"
	"strings"
	"time"

	"audienceflow/runs"
)

// Progress is how far a run is, in one line.
func Progress(r runs.Report) string {
	text := r.WorkflowID + ": " + Status(r)
	if r.Received > 0 {
		text += ": " + rowsDone(r)
	}
	if r.Progress != nil {
		text += "; " + Pace(settledPace(r))
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	if step := wayOn(r); step != nil {
		if sentence := strings.TrimSuffix(text, "."); sentence != text {
			text = sentence + ". " + step.What + ": " + step.Command
		} else {
			text += "; " + strings.ToLower(step.What) + ": " + step.Command
		}
	}
	if r.Retrying != "" {
		text += "; retrying " + r.Retrying
	}
	return text
}

// settledPace is how far a run is; while it can only try again, its rate and the time left would
// promise what nobody knows.
func settledPace(r runs.Report) runs.Progress {
	p := *r.Progress
	if r.Retrying != "" {
		p.PerSecond, p.SecondsLeft = 0, 0
	}
	return p
}

// Pace is how far a phase is, how fast, and how long the rest takes.
func Pace(p runs.Progress) string {
	text := counts("%s %s", p.Done, p.What)
	if p.Of > 0 {
		text = counts("%s of %s %s", p.Done, p.Of, p.What)
	}
	if p.PerSecond > 0 {
		text += counts(", %s a second", int64(math.Round(p.PerSecond)))
	}
	if left := time.Duration(p.SecondsLeft * float64(time.Second)).Round(time.Second); left > 0 {
		text += ", about " + left.String() + " left"
	}
	return text
}

// rowsDone counts the rows that are settled. A plan settles all of them at once, at its end.
func rowsDone(r runs.Report) string {
	rows := Counted(r.Received, "row")
	settled := "settled"
	if r.Kind == runs.KindPlan {
		settled = "planned"
		if !r.Ended() {
			return rows + " staged"
		}
	}
	return counts("%s of %s %s, %s %s, %s failed", r.Received-r.Pending, rows, settled, r.Activated, r.ChangedWord(), r.Failed)
}
