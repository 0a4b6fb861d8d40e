package report

import (
	"maps"
	"slices"
	"strings"
	"time"

	"audienceflow/runs"
)

// Line is a fact of a report under its name. Part marks a number that is part of the one above it.
type Line struct {
	Name, Text string
	Part       bool
	Word       string // with which Text begins, and by which a run stands
}

// Step is something that can be done next, by which command.
type Step struct{ What, Command string }

// Sheet is a report as people read it.
type Sheet struct {
	About   []Line // what it is and how it stands
	Numbers []Line // what became of the rows; they add up
	Reasons []Line // why rows were excluded or failed
	Beside  []Line // numbers that are no part of the sum
	Notes   []string
	Outlook []Line // what a plan expects
	Times   []Line
	Verdict []Line
	Hints   []string
	Next    []Step
}

// Of makes the sheet of a report, with times in the zone.
func Of(r runs.Report, zone *time.Location) Sheet { return of(r, clock{zone: zone}) }

// At makes the sheet for somebody who looks at it now: times are in now's zone, and say how long
// ago they were.
func At(r runs.Report, now time.Time) Sheet {
	return of(r, clock{zone: now.Location(), now: now})
}

func of(r runs.Report, shown clock) Sheet {
	s := Sheet{About: about(r, shown), Notes: r.Notes, Hints: hints(r), Next: next(r), Times: times(r, shown)}
	if r.NumbersFrom != runs.NumbersNowhere {
		s.Numbers, s.Reasons, s.Beside = numbers(r), reasons(r), beside(r)
	}
	if r.Kind == runs.KindPlan && r.Status == runs.StatusCompleted {
		s.Outlook = outlook(r)
	}
	switch {
	case r.Validation != nil:
		s.Verdict = verdict(*r.Validation)
	case unproven(r):
		s.Verdict = []Line{{Name: "validation", Text: runs.VerdictUnproven + ": the run ended before what it has written was read back",
			Word: runs.VerdictUnproven}}
	}
	return s
}

func about(r runs.Report, shown clock) []Line {
	lines := []Line{
		{Name: "run", Text: orDefault(r.Run, "-") + "  (" + r.WorkflowID + ")"},
		{Name: "kind", Text: orDefault(r.Kind, runs.KindActivate)},
		{Name: "audience", Text: orDefault(r.Name, r.Audience) + " -> " + r.Destination + ", " + Column(r)},
		{Name: "status", Text: Status(r), Word: r.Status},
	}
	add := func(name, text string) { lines = append(lines, Line{Name: name, Text: text}) }
	if r.Reason != "" {
		add("reason", r.Reason)
	}
	if r.Progress != nil {
		add("progress", Pace(settledPace(r)))
	}
	if r.Retrying != "" {
		add("retrying", r.Retrying)
	}
	if r.By != "" && r.Since != nil {
		add("by", r.By+", since "+shown.ago(*r.Since))
	}
	if r.Until != nil {
		add("until", shown.at(*r.Until)+", then it goes on by itself")
	}
	if r.Stream != nil {
		waiting := Counted(r.Stream.Backlog, "profile")
		if r.Stream.Backlog > 0 {
			waiting += ", the oldest waiting for " + Seconds(r.Stream.LagSeconds)
		}
		add("backlog", waiting)
		add("numbers", "those of the latest hour")
		for _, u := range r.Stream.Unmapped {
			add("not streamed", counts("%s with %s from %s held none of an audience streamed to "+r.Destination+", the latest at ",
				Counted(u.Bodies, "request"), Counted(u.Profiles, "profile"), u.Sender)+shown.ago(u.Last))
		}
	}
	return lines
}

// Status is how a run stands, and the step that it takes; of a stream that is held what waits for
// it.
func Status(r runs.Report) string {
	switch {
	case r.Stream != nil && r.Stream.Backlog > 0 && (r.Status != runs.StatusRunning || r.Phase == runs.PhaseIdle):
		return r.Status + ", " + Counted(r.Stream.Backlog, "profile") + " to send"
	case r.Phase == "", r.Phase == runs.PhaseIdle && r.Status != runs.StatusRunning:
		return r.Status
	case strings.HasPrefix(r.Phase, r.Status+" "):
		return r.Phase
	case r.Status == runs.StatusPaused, r.Status == runs.StatusPausing:
		return r.Status + " while " + r.Phase
	}
	return r.Status + ", " + r.Phase
}

// Column is the column that a run writes, or what it was asked for where that has not been looked
// up.
func Column(r runs.Report) string {
	switch {
	case r.Column != "":
		return "column " + r.Column
	case r.MappingID == "":
		return "column not known"
	case r.Ended():
		return "mappingId " + r.MappingID + " (the run ended before it looked up the column)"
	case r.Kind == runs.KindValidate:
		return "mappingId " + r.MappingID
	}
	return "mappingId " + r.MappingID + " (its column was not looked up yet)"
}

// numbers are what became of the rows received: all but the first add up to it.
func numbers(r runs.Report) []Line {
	part := func(name, format string, args ...any) Line {
		return Line{Name: name, Text: counts(format, args...), Part: true}
	}
	return []Line{
		{Name: "received", Text: Count(r.Received) + absent(r)},
		part(r.ChangedWord(), "%s  (realized %s, exited %s)", r.Activated, r.ByStatus.Realized, r.ByStatus.Exited),
		part("unchanged", "%s", r.Unchanged),
		part("superseded", "%s%s", r.Superseded, supersededBy(r)),
		part("excluded", "%s", r.Excluded),
		part("failed", "%s", r.Failed),
		part("pending", "%s%s", r.Pending, pendingMeans(r)),
	}
}

// absent says how many of the rows received are exits of contacts that a complete source does not
// name.
func absent(r runs.Report) string {
	if r.Absent == 0 {
		return ""
	}
	return counts("  (%s by absence: contacts that the source, being complete, does not name)", r.Absent)
}

// supersededBy says why rows were superseded.
func supersededBy(r runs.Report) string {
	if r.Superseded == 0 {
		return ""
	}
	return counts("  (%s overtaken by another row of the source, %s not newer than what was exported)",
		r.Duplicates, r.Superseded-r.Duplicates)
}

// pendingMeans says what becomes of pending rows of a run that has ended, which is nothing.
func pendingMeans(r runs.Report) string {
	switch {
	case r.Pending == 0 || !r.Ended() || r.Kind == runs.KindPlan:
		return ""
	case r.Kind == runs.KindReplay:
		return "  (not sent: the run has ended; they are failed rows as before)"
	}
	if r.Status == runs.StatusCanceled {
		return "  (not sent, or not confirmed by Dynamics: the run has ended)" // its last requests may have got there
	}
	return "  (not sent: the run has ended)"
}

// reasons lists why rows were excluded or failed.
//
//workflowcheck:ignore the keys are sorted
func reasons(r runs.Report) []Line {
	var lines []Line
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		lines = append(lines, Line{Name: reason, Text: Count(r.Reasons[reason]), Part: true})
	}
	return lines
}

func beside(r runs.Report) []Line {
	var lines []Line
	if unmaps(r) {
		lines = append(lines, Line{Name: "kept", Text: counts("%s  (of unchanged and excluded: their column stays as it is)", kept(r))})
	}
	if r.WithoutConsent > 0 {
		lines = append(lines, Line{Name: "without consent",
			Text: counts("%s  (of received: members who take part as exits)", r.WithoutConsent)})
	}
	if r.HeldBack > 0 {
		lines = append(lines, Line{Name: "held back", Text: counts("%s  (rows with values from an older source than what was activated: what is newer is kept)",
			r.HeldBack)})
	}
	ignored := Count(r.Ignored)
	if r.Kind == runs.KindStream {
		ignored += "  (of what was taken in: serve's answers and metrics count profiles of other audiences)"
	}
	return append(lines, Line{Name: "ignored", Text: ignored}, Line{Name: "warnings", Text: Count(r.Warnings) + warningsMean(r)})
}

// warningsMean says which values left out are not counted yet, or not at all, where there are notes
// of such.
func warningsMean(r runs.Report) string {
	switch {
	case len(r.Notes) == 0 || r.Kind == runs.KindPlan && r.Ended():
		return ""
	case r.Pending > 0:
		return "  (values left out of rows activated or unchanged: those of pending rows are not counted)"
	case r.Failed+r.Superseded > 0:
		return "  (values left out of rows activated or unchanged)"
	}
	return ""
}

func times(r runs.Report, shown clock) []Line {
	var lines []Line
	if !r.StartedAt.IsZero() {
		started := shown.at(r.StartedAt)
		if r.EndedAt == nil {
			started = shown.ago(r.StartedAt)
		}
		lines = append(lines, Line{Name: "started", Text: started})
	}
	if r.EndedAt != nil {
		took := r.EndedAt.Sub(r.StartedAt).Round(time.Millisecond)
		lines = append(lines, Line{Name: "ended", Text: shown.at(*r.EndedAt) + "  (" + took.String() + ")"})
	}
	return lines
}

// outlook says what a plan's rows would take.
func outlook(r runs.Report) []Line {
	lines := []Line{{Name: "forecast", Text: forecast(r)}}
	for _, guard := range r.Guards {
		lines = append(lines, Line{Name: "would wait", Text: guard.Says})
	}
	if r.DailyRows != nil {
		lines = append(lines, Line{Name: "daily rows", Text: budget(*r.DailyRows)})
	}
	return lines
}

func forecast(r runs.Report) string {
	requests := Counted(r.Requests, "request")
	switch {
	case r.Requests == 0:
		return requests
	case r.Minutes < 1:
		return requests + ", less than a minute"
	}
	return counts("%s, about %.1f minutes", requests, r.Minutes)
}

// budget says how the rows to be sent fit into DYNAMICS_DAILY_ROWS.
func budget(d runs.DailyRows) string {
	text := counts("%s to send; of %s in 24 hours %s are used and %s left", d.ToSend, d.Limit, d.Used, d.Left)
	if d.Until == nil {
		return text
	}
	return counts("%s: the run would send those and wait, about %.1f hours in all", text, d.WaitMinutes/60)
}
