package main

import (
	"audienceflow/activities"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// holds pause a destination.
var holds = []scenario{
	{paths: "hold-running hold-canceled", take: func(w *world) {
		id := w.hold()
		w.signal(id, workflows.Pause) // it is paused already
		w.await("the signal is heard", func() bool { return w.marks(id)["signal pause"] > 0 })
		w.keep("hold-running", id)
		w.keepCanceled("hold-canceled", id)
	}},
	{paths: "hold-not-told", take: func(w *world) {
		w.register() // its stream never runs
		w.keep("hold-not-told", w.hold())
	}},
	{paths: "hold-nothing-to-lift", take: func(w *world) {
		id := workflows.HoldID(w.destination)
		in := workflows.HoldInput{Destination: w.destination, Order: order, Lift: true}
		w.start(id, workflows.HoldDestination, in)
		w.ended(id)
		w.keep("hold-nothing-to-lift", id)
	}},
}

// rebinds bind a destination's ledgers to the environment that answers.
var rebinds = []scenario{
	{paths: "rebind-completed", take: func(w *world) {
		w.keep("rebind-completed", w.rebind(activities.RebindDestinationInput{Destination: w.destination}))
	}},
	{paths: "rebind-refused", set: settings{contacts: guarded}, take: func(w *world) {
		w.source(guarded, exited)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusWaiting)
		w.keep("rebind-refused", w.rebind(activities.RebindDestinationInput{Destination: w.destination, Forget: true}))
		w.cancel(id)
		w.ended(id)
	}},
}

// rebind waits for the end of a rebinding, a good one or not.
func (w *world) rebind(in activities.RebindDestinationInput) string {
	id := workflows.RebindID(w.destination)
	w.start(id, workflows.RebindDestination, in)
	w.ended(id)
	return id
}

// schedules are runs that a schedule starts.
var schedules = []scenario{
	{paths: "scheduled-activation scheduled-validation", take: func(w *world) {
		w.source(w.set.contacts, realized)
		in := workflows.ScheduledInput{Activation: w.activation()}
		w.keep("scheduled-activation", w.scheduled(in))
		in.Validate = true
		w.keep("scheduled-validation", w.scheduled(in))
	}},
	{paths: "scheduled-skipped", set: settings{contacts: guarded}, take: func(w *world) {
		w.source(guarded, exited)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusWaiting)
		w.keep("scheduled-skipped", w.scheduled(workflows.ScheduledInput{Activation: w.activation()}))
		w.cancel(id)
		w.ended(id)
	}},
	{paths: "scheduled-failed", take: func(w *world) {
		w.source(w.set.contacts, realized)
		a := w.activation()
		a.MappingID = "nosuchcolumn"
		w.keep("scheduled-failed", w.scheduled(workflows.ScheduledInput{Activation: a}))
	}},
	{paths: "scheduled-canceled", set: settings{contacts: guarded}, take: func(w *world) {
		w.source(guarded, exited)
		id := w.startScheduled(workflows.ScheduledInput{Activation: w.activation()})
		run := workflows.ActivateID(w.destination, audienceID)
		w.await("the run", func() bool { return w.marks(id)["child ActivateAudience"] > 0 })
		w.awaitStatus(run, runs.StatusWaiting)
		w.keepCanceled("scheduled-canceled", id)
	}},
}

// scheduled starts what a schedule starts, and waits for its end.
func (w *world) scheduled(in workflows.ScheduledInput) string {
	id := w.startScheduled(in)
	w.ended(id)
	return id
}

func (w *world) startScheduled(in workflows.ScheduledInput) string {
	id := "scheduled/" + workflows.ActivateID(w.destination, audienceID)
	in.SearchAttributes = true
	w.start(id, workflows.RunOnSchedule, in)
	return id
}
