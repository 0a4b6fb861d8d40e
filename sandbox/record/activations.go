package main

import (
	"time"

	"audienceflow/activities"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/workflows"
)

const (
	// several are contacts for more than one batch.
	several = activities.BatchSize + 200
	// requestTime leaves time to interrupt the sending of several contacts, longRequest a single
	// read.
	requestTime = 400 * time.Millisecond
	longRequest = 2 * time.Second
	// briefRequest is shorter than the time in which a step hears that it is to stop.
	briefRequest = 600 * time.Millisecond
)

// activations are runs that nobody interrupts.
var activations = []scenario{
	{paths: "activate-completed validate-of-a-run", set: settings{contacts: several}, take: func(w *world) {
		w.source(several, realized)
		id := w.activate(workflows.ActivateInput{})
		run := w.finished(id)
		w.keep("activate-completed", id)
		w.keep("validate-of-a-run", workflows.ChildValidateID(w.destination, audienceID, run.Run))
	}},
	{paths: "activate-mismatch activate-mismatch-in-result validate-of-a-run-mismatch", take: func(w *world) {
		w.change(map[string]any{"contactid": contact(w.set.contacts - 1), column: "realized"}) // no run has written it
		w.source(w.set.contacts-1, realized)
		id := w.activate(workflows.ActivateInput{})
		run := w.finished(id)
		w.expect(run.Validation != nil && run.Validation.Unexpected == 1, "one contact is unexpected: %+v", run.Validation)
		w.keep("activate-mismatch", id)
		w.keep("activate-mismatch-in-result", id)
		w.keep("validate-of-a-run-mismatch", workflows.ChildValidateID(w.destination, audienceID, run.Run))
	}},
	{paths: "activate-unchanged", take: func(w *world) {
		w.activated(w.set.contacts)
		id := w.activate(workflows.ActivateInput{})
		w.finished(id)
		w.keep("activate-unchanged", id)
	}},
	{paths: "activate-without-search-attributes", take: func(w *world) {
		w.source(w.set.contacts, realized)
		id := workflows.ActivateID(w.destination, audienceID)
		w.start(id, workflows.ActivateAudience, workflows.ActivateInput{Activation: w.activation()})
		w.finished(id)
		w.keep("activate-without-search-attributes", id)
	}},
	{paths: "activate-alerted", take: func(w *world) {
		w.source(w.set.contacts, realized)
		id := w.activate(workflows.ActivateInput{Activation: w.activation(allAlerts)})
		w.finished(id)
		w.keep("activate-alerted", id)
	}},
	{paths: "activate-alert-failed", take: func(w *world) {
		w.source(w.set.contacts, realized)
		id := w.activate(workflows.ActivateInput{Activation: w.activation(lostAlerts)})
		w.finished(id)
		w.keep("activate-alert-failed", id)
	}},
	{paths: "activate-late-by-tries", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.fault(simulator.Fault{Kind: "outage", Match: "/contacts"})
		id := w.activate(workflows.ActivateInput{Activation: w.activation(allAlerts), StandStill: 3 * time.Second})
		w.await("nothing but tries is heard of it", func() bool {
			w.must(w.temporal.SignalWorkflow(w.ctx, id, "", activities.SignalNews, // as its worker does more rarely
				activities.News{Step: "ReadContacts", Retrying: "no answer", Attempt: 3}))
			time.Sleep(time.Second)
			return w.marks(id)["change tries are no progress"] > 0
		})
		w.mend()
		w.finished(id)
		w.keep("activate-late-by-tries", id)
	}},
	{paths: "activate-late", slow: true, take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.fault(simulator.Fault{Kind: "outage", Match: "/contacts"})
		id := w.activate(workflows.ActivateInput{Activation: w.activation(allAlerts)})
		w.awaitFor(20*time.Minute, "people are told", func() bool { return w.marks(id)["timer fired"] > 0 })
		w.mend()
		w.finished(id)
		w.keep("activate-late", id)
	}},
	{paths: "activate-continued-first activate-continued-next activate-continued-last",
		set: settings{contacts: 2*activities.BatchSize + 100}, take: func(w *world) {
			w.source(w.set.contacts, realized)
			id := w.activate(workflows.ActivateInput{HandOverEvents: 1})
			run := w.finished(id)
			runs := w.chain(id, run.Run)
			w.expect(len(runs) == 3, "three batches make three runs, not %d", len(runs))
			w.keepRun("activate-continued-first", id, runs[0])
			w.keepRun("activate-continued-next", id, runs[1])
			w.keepRun("activate-continued-last", id, runs[2])
		}},
	{paths: "plan-completed", take: func(w *world) {
		w.source(w.set.contacts, realized)
		id := w.activate(workflows.ActivateInput{Kind: runs.KindPlan})
		w.finished(id)
		w.keep("plan-completed", id)
	}},
	{paths: "describe-completed", take: func(w *world) {
		id := workflows.DescribeID(w.destination)
		w.start(id, workflows.DescribeDestination, activities.DestinationInput{Destination: w.destination})
		w.ended(id)
		w.keep("describe-completed", id)
	}},
	{paths: "lookup-completed", take: func(w *world) {
		lookup, err := w.store.AskContact(w.ctx, w.destination, simulator.GeneratedID(1, 0))
		w.must(err)
		id := workflows.LookUpID(w.destination, lookup)
		w.start(id, workflows.LookUpContact, activities.LookUpContactInput{Destination: w.destination, Lookup: lookup})
		w.ended(id)
		w.keep("lookup-completed", id)
	}},
	{paths: "check-completed", take: func(w *world) {
		w.source(w.set.contacts, realized)
		id := workflows.CheckID(w.destination, audienceID)
		w.start(id, workflows.CheckActivation, activities.CheckInput{Activation: w.activation()})
		w.ended(id)
		w.keep("check-completed", id)
	}},
	{paths: "check-canceled", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.slow(longRequest)
		id := workflows.CheckID(w.destination, audienceID)
		w.start(id, workflows.CheckActivation, activities.CheckInput{Activation: w.activation()})
		w.await("the check", func() bool { return w.marks(id)["Check"] > 0 })
		w.keepCanceled("check-canceled", id)
	}},
}
