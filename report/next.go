package report

import (
	"audienceflow/activities"
	"audienceflow/runs"
)

// next are the ways on of a run that is held, or that ended with something to look into.
func next(r activities.Report) []Step {
	var steps []Step
	add := func(what, command string) { steps = append(steps, Step{what, "starter " + command}) }
	if r.Failed+r.Excluded > 0 && r.NumbersFrom != activities.NumbersNowhere {
		add("Rejected rows, with cause and action", "rejected "+r.Run)
	}
	if r.Warnings > 0 {
		add("Values left out, with their causes", "rejected "+r.Run+" --warnings")
	}
	switch {
	case r.Ended():
	case r.QuietHours:
		add("End this run", "cancel "+r.WorkflowID)
	case r.DestinationPaused:
		add("Go on", "resume --destination "+r.Destination)
		add("End this run", "cancel "+r.WorkflowID)
	case r.Status == runs.StatusPaused, r.Status == runs.StatusPausing:
		add("Go on", "resume "+r.WorkflowID)
		add("End it", "cancel "+r.WorkflowID)
	case r.Status == runs.StatusWaiting:
		add("Let it go on", "approve "+r.WorkflowID)
		add(endIt(r), "cancel "+r.WorkflowID)
	}
	if unproven(r) {
		add("Read back what it has written", "validate -f FILE")
	}
	if r.Validation != nil && r.Validation.Verdict == runs.VerdictMismatch {
		steps = append(steps, mismatchSteps(*r.Validation)...)
	}
	return steps
}

// endIt says of a run that has not written anything yet that it would end so.
func endIt(r activities.Report) string {
	if r.BatchesDone == 0 && r.Activated+r.Failed == 0 {
		return "End it, with nothing written"
	}
	return "End it"
}

// mismatchSteps are what can be done: a repair writes what the ledger says, and of unexpected contacts it says nothing.
func mismatchSteps(v activities.Validation) []Step {
	steps := []Step{{"The contacts that differ", "starter validate -f FILE"}}
	if v.Unexpected == 0 || v.Mismatched+v.Missing > 0 {
		steps = append(steps, Step{"Mend them", "starter validate -f FILE --repair"})
	}
	return steps
}

// hints say what is likely wrong, where no command mends it.
func hints(r activities.Report) []string {
	var hints []string
	switch {
	case r.Received > 0 || r.Status != runs.StatusCompleted:
	case r.Ignored > 0:
		hints = append(hints, counts("None of the source's %s records is a member of audience %s: are audience and namespace right? "+
			"They are the source's own ids, letter by letter.", r.Ignored, r.Audience))
	case r.Kind == runs.KindActivate || r.Kind == runs.KindPlan:
		hints = append(hints, "The source holds no records.")
	}
	if v := r.Validation; v != nil && v.Verdict == runs.VerdictMismatch && v.Unexpected > 0 {
		hints = append(hints, "Unexpected contacts hold a word that no run has written: clear it in Dynamics, or let the source name them.")
	}
	return hints
}
