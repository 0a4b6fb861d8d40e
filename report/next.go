package report

import (
	"audienceflow/runs"
)

// next are the ways on of a run that is held, or that ended with something to look into.
func next(r runs.Report) []Step {
	var steps []Step
	add := func(what, command string) { steps = append(steps, Step{what, "starter " + command}) }
	if r.Failed+r.Excluded > 0 && r.NumbersFrom != runs.NumbersNowhere {
		add("Rejected rows, with cause and action", "rejected "+r.Run)
	}
	if r.Warnings > 0 {
		add("Values left out, with their causes", "rejected "+r.Run+" --warnings")
	}
	if step := wayOn(r); step != nil {
		steps = append(steps, *step)
	}
	switch {
	case r.Ended():
	case r.QuietHours, r.DestinationPaused:
		add("End this run", "cancel "+r.WorkflowID)
	case r.Status == runs.StatusPaused, r.Status == runs.StatusPausing:
		add("End it", "cancel "+r.WorkflowID)
	case r.Status == runs.StatusWaiting:
		add(endIt(r), "cancel "+r.WorkflowID)
	}
	if unproven(r) {
		add("Read back what it has written", "validate -f FILE")
	}
	if r.Validation != nil {
		steps = append(steps, ValidationSteps(*r.Validation)...)
	}
	return steps
}

// wayOn is how a run that is held goes on; nil for one that is not, or that goes on by itself
// alone.
func wayOn(r runs.Report) *Step {
	switch {
	case r.Ended(), r.QuietHours:
		return nil
	case r.DestinationPaused:
		return &Step{"Go on", "starter resume --destination " + r.Destination}
	case r.Status == runs.StatusPaused, r.Status == runs.StatusPausing:
		return &Step{"Go on", "starter resume " + r.WorkflowID}
	case r.Status == runs.StatusWaiting:
		return &Step{"Let it go on", "starter approve " + r.WorkflowID}
	}
	return nil
}

// endIt says of a run that has not written anything yet that it would end so.
func endIt(r runs.Report) string {
	if r.BatchesDone == 0 && r.Activated+r.Failed == 0 {
		return "End it, with nothing written"
	}
	return "End it"
}

// mismatchSteps are what can be done: a repair writes what the ledger says, and of unexpected
// contacts it says nothing.
func mismatchSteps(v runs.Validation) []Step {
	steps := []Step{{"The contacts that differ", "starter validate -f FILE"}}
	if v.Unexpected == 0 || v.Mismatched+v.Missing > 0 {
		steps = append(steps, Step{"Mend them", "starter validate -f FILE --repair"})
	}
	return steps
}

// hints say what is likely wrong, where no command mends it.
func hints(r runs.Report) []string {
	var hints []string
	switch {
	case r.Received > 0 || r.Status != runs.StatusCompleted:
	case r.Ignored > 0:
		hints = append(hints, counts("None of the source's %s records is a member of audience %s: are audience and namespace right? "+
			"They are the source's own ids, letter by letter.", r.Ignored, r.Audience))
	case r.Kind == runs.KindActivate || r.Kind == runs.KindPlan:
		hints = append(hints, "The source holds no records.")
	}
	if older := r.Superseded - r.Duplicates; older > 0 && (r.Kind == runs.KindActivate || r.Kind == runs.KindPlan && r.Plans == "") && r.Ended() {
		hints = append(hints, counts("%s not newer than what was exported before, so Dynamics keeps that. Of an older source this is right. "+
			"If this source is to win, its times have to be later: export it anew, or set later ones where source.lastQualificationTime reads them. "+
			"They are not listed: rows of which nothing is sent are counted, and not kept.", Counted(older, "row")+are(older)))
	}
	if r.HeldBack > 0 && r.Ended() {
		hints = append(hints, counts("Values of %s are from an older source than what was activated since, so Dynamics keeps what is newer; --full does not "+
			"send them either. \"starter contact GUID\" shows what was kept. If this source is to win, it has to be newer: export it anew.",
			Counted(r.HeldBack, "row")))
	}
	if invalid := r.Reasons[runs.ReasonInvalidContactID]; invalid > 0 && r.Absent > 0 {
		hints = append(hints, counts("%s by absence, since the source is complete; %s excluded for an id that is none, and those may be the same people. "+
			"Look at them with \"starter rejected\".", Counted(r.Absent, "exit")+are(r.Absent), Counted(invalid, "record")+are(invalid)))
	}
	if v := r.Validation; v != nil && v.Verdict == runs.VerdictMismatch && v.Unexpected > 0 {
		hints = append(hints, "Unexpected contacts hold a word that no run has written: clear it in Dynamics, or let the source name them.")
	}
	return hints
}

func are(n int64) string {
	if n == 1 {
		return " is"
	}
	return " are"
}
