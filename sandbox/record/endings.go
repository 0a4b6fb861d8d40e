package main

import (
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// endings are runs that come to a bad end, or to none.
var endings = []scenario{
	{paths: "activate-held-and-canceled", set: settings{contacts: guarded}, take: func(w *world) {
		w.source(guarded, exited)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusWaiting)
		w.keepCanceled("activate-held-and-canceled", id)
	}},
	{paths: "activate-canceled-while-reading", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.slow(longRequest)
		id := w.activate(workflows.ActivateInput{})
		w.await("contacts are read", func() bool { return w.marks(id)["ReadContacts"] > 0 })
		w.keepCanceled("activate-canceled-while-reading", id)
	}},
	{paths: "activate-canceled-while-failing", set: settings{contacts: several}, take: func(w *world) {
		id := w.reading()
		w.cancel(id)
		w.failsStopped(id, "ReadContacts")
		w.ended(id)
		w.keep("activate-canceled-while-failing", id)
	}},
	{paths: "activate-canceled-while-sending", set: settings{contacts: several}, take: func(w *world) {
		w.keepCanceled("activate-canceled-while-sending", w.slowRun(workflows.ActivateInput{}))
	}},
	{paths: "activate-canceled-while-paused", set: settings{contacts: several}, take: func(w *world) {
		id := w.slowRun(workflows.ActivateInput{})
		w.signal(id, workflows.Pause)
		w.awaitStatus(id, runs.StatusPaused)
		w.keepCanceled("activate-canceled-while-paused", id)
	}},
	{paths: "activate-canceled-while-validating", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.slow(longRequest)
		id := w.activate(workflows.ActivateInput{})
		w.validationOf(id)
		w.keepCanceled("activate-canceled-while-validating", id)
	}},
	{paths: "activate-canceled-while-destination-paused", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.hold()
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.keepCanceled("activate-canceled-while-destination-paused", id)
	}},
	{paths: "activate-failed", take: func(w *world) { w.keepFailed("activate-failed") }},
	{paths: "activate-failed-and-alerted", take: func(w *world) {
		w.keepFailed("activate-failed-and-alerted", allAlerts)
	}},
	{paths: "activate-failed-signing-in", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.fault(simulator.Fault{Kind: "status", Status: 401, Match: "WhoAmI"})
		id := w.activate(workflows.ActivateInput{})
		w.ended(id)
		w.keep("activate-failed-signing-in", id)
	}},
	{paths: "activate-failed-staging", take: func(w *world) {
		w.write("vip.csv", "id,first\n")
		id := w.activate(workflows.ActivateInput{})
		w.ended(id)
		w.keep("activate-failed-staging", id)
	}},
	{paths: "activate-failed-while-reading", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.slow(longRequest)
		id := w.activate(workflows.ActivateInput{})
		w.await("staging", func() bool { return w.marks(id)["StageAudience"] > 0 })
		w.fault(refused)
		w.ended(id)
		w.keep("activate-failed-while-reading", id)
	}},
	{paths: "activate-paused-reading-back", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.fault(refusedCount)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.mend()
		w.signal(id, workflows.Resume)
		w.ended(id)
		w.keep("activate-paused-reading-back", id)
	}},
}

// refused is a refusal of everything that only a person can mend.
var refused = simulator.Fault{Kind: "status", Status: 401}

// refusedCount is met first when everything is written.
var refusedCount = simulator.Fault{Kind: "status", Status: 401, Match: "contacts.*apply"}

// reading starts a run, and gives its id while contacts are read, which takes several requests.
func (w *world) reading() string {
	w.source(w.set.contacts, realized)
	w.slow(briefRequest)
	id := w.activate(workflows.ActivateInput{})
	w.await("contacts are read", func() bool { return w.marks(id)["ReadContacts"] > 0 })
	return id
}

// failsStopped lets a step that has been told to stop meet a refusal before it hears of that.
func (w *world) failsStopped(id, step string) {
	w.await(step+" is told to stop", func() bool { return w.marks(id)["stop "+step] > 0 })
	w.fault(refused)
	w.await(step+" fails", func() bool { return w.marks(id)["failed "+step] > 0 })
}

func (w *world) keepCanceled(path, id string) {
	w.cancel(id)
	w.ended(id)
	w.keep(path, id)
}

// keepFailed keeps a run into a column that there is not.
func (w *world) keepFailed(path string, more ...string) {
	w.source(w.set.contacts, realized)
	a := w.activation(more...)
	a.MappingID = "nosuchcolumn"
	id := w.activate(workflows.ActivateInput{Activation: a})
	w.ended(id)
	w.keep(path, id)
}
