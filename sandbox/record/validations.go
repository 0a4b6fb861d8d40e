package main

import (
	"time"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/workflows"
	"audienceflow/workflows/recorded"
)

// validations read back what was exported.
var validations = []scenario{
	{paths: "validate-match", take: func(w *world) {
		w.activated(w.set.contacts)
		id, found := w.validate()
		w.expect(found.Verdict == runs.VerdictMatch, "the verdict is %s", found.Verdict)
		w.keep("validate-match", id)
	}},
	{paths: "validate-mismatch-alerted", take: func(w *world) {
		w.activated(w.set.contacts)
		w.change(map[string]any{"contactid": contact(0), column: "changed"})
		id := w.startValidation(allAlerts)
		w.ended(id)
		w.keep("validate-mismatch-alerted", id)
	}},
	{paths: "validate-nothing", take: func(w *world) {
		id := w.startValidation()
		w.ended(id)
		w.keep("validate-nothing", id)
	}},
	{paths: "validate-nothing-of-a-run", take: func(w *world) {
		w.write("vip.csv", "id,first,status\n")
		id := w.activate(workflows.ActivateInput{Activation: w.activation("guard: {maxExitShare: 1}")})
		run := w.finished(id)
		w.keep("validate-nothing-of-a-run", workflows.ChildValidateID(w.destination, audienceID, run.Run))
	}},
	{paths: "validate-destination-paused", take: func(w *world) {
		id := w.readingBack(longRequest)
		held := w.hold()
		w.await("it is held", func() bool { return w.marks(id)["AwaitDestination"] > 0 })
		w.signal(held, workflows.Resume)
		w.slow(0)
		w.ended(id)
		w.keep("validate-destination-paused", id)
	}},
	{paths: "validate-failed", take: func(w *world) {
		w.activated(w.set.contacts)
		w.fault(simulator.Fault{Kind: "status", Status: 401, Match: "/contacts"})
		id := w.startValidation()
		w.ended(id)
		w.keep("validate-failed", id)
	}},
	{paths: "validate-canceled", take: func(w *world) { w.keepCanceled("validate-canceled", w.readingBack(longRequest)) }},
	{paths: "validate-canceled-while-failing", set: settings{contacts: several}, take: func(w *world) {
		id := w.readingBack(briefRequest)
		w.cancel(id)
		w.failsStopped(id, "ReadBackContacts")
		w.ended(id)
		w.keep("validate-canceled-while-failing", id)
	}},
}

func (w *world) startValidation(more ...string) string {
	id := workflows.ValidateID(w.destination, audienceID)
	in := workflows.ValidateInput{Activation: w.activation(more...), SearchAttributes: true}
	w.start(id, workflows.ValidateExport, in)
	return id
}

// readingBack starts a validation, and gives its id while contacts are read back.
func (w *world) readingBack(request time.Duration) string {
	w.activated(w.set.contacts)
	w.slow(request)
	id := w.startValidation()
	w.await("the reading back", func() bool { return w.marks(id)["ReadBackContacts"] > 0 })
	return id
}

// validate validates everything exported.
func (w *world) validate() (string, runs.Validation) {
	id := w.startValidation()
	var found runs.Validation
	w.must(w.temporal.GetWorkflow(w.ctx, id, "").Get(w.ctx, &found))
	return id, found
}

// validationOf waits until what a run wrote is being read back, and gives the id of that
// validation.
func (w *world) validationOf(id string) string {
	w.awaitPhase(id, "validating")
	child := workflows.ChildValidateID(w.destination, audienceID, w.status(id).Run)
	w.await("the reading back", func() bool {
		return w.marks(id)["child ValidateExport"] > 0 && w.marks(child)["ReadBackContacts"] > 0
	})
	return child
}

// marks are those of a workflow's latest run, as far as it has come.
func (w *world) marks(id string) recorded.Marks {
	return recorded.MarksOf(w.history(id, ""))
}
