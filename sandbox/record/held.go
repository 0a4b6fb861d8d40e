package main

import (
	"database/sql"
	"time"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store/destinations"
	"audienceflow/workflows"

	_ "modernc.org/sqlite" // rows of yesterday are put into the store
)

// guarded are enough exits to trip a guard.
const guarded = 120

// shortPause is how long what is paused until a time stays so.
const shortPause = 4 * time.Second

// held are runs that are held for a while: by people, by guards, by what they find.
var held = []scenario{
	{paths: "activate-paused-and-resumed", set: settings{contacts: several}, take: func(w *world) {
		id := w.slowRun(workflows.ActivateInput{})
		w.pauseAndResume(id)
		w.finishSoon(id)
		w.keep("activate-paused-and-resumed", id)
	}},
	{paths: "activate-paused-until", set: settings{contacts: several}, take: func(w *world) {
		id := w.slowRun(workflows.ActivateInput{})
		w.pauseFor(id, shortPause)
		w.finished(id)
		w.keep("activate-paused-until", id)
	}},
	{paths: "activate-paused-to-another-time", set: settings{contacts: several}, take: func(w *world) {
		id := w.slowRun(workflows.ActivateInput{})
		w.pauseFor(id, time.Hour)
		w.pauseFor(id, shortPause)
		w.finished(id)
		w.keep("activate-paused-to-another-time", id)
	}},
	{paths: "activate-in-quiet-hours", set: settings{quiet: true}, take: func(w *world) {
		w.source(w.set.contacts, realized)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.keep("activate-in-quiet-hours", id)
	}},
	{paths: "hold-until", take: func(w *world) {
		id := workflows.HoldID(w.destination)
		until := order
		until.Until = time.Now().Add(shortPause).UTC()
		w.start(id, workflows.HoldDestination, workflows.HoldInput{Destination: w.destination, Order: until})
		w.ended(id)
		w.keep("hold-until", id)
	}},
	{paths: "hold-to-another-time", take: func(w *world) {
		id := w.hold()
		w.pauseFor(id, shortPause)
		w.ended(id)
		w.keep("hold-to-another-time", id)
	}},
	{paths: "activate-paused-while-reading", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.slow(longRequest)
		id := w.activate(workflows.ActivateInput{})
		w.await("contacts are read", func() bool { return w.marks(id)["ReadContacts"] > 0 })
		w.pauseAndResume(id)
		w.finishSoon(id)
		w.keep("activate-paused-while-reading", id)
	}},
	{paths: "activate-paused-while-failing", set: settings{contacts: several}, take: func(w *world) {
		id := w.reading()
		w.signal(id, workflows.Pause)
		w.failsStopped(id, "ReadContacts")
		w.awaitStatus(id, runs.StatusPaused)
		w.mend()
		w.signal(id, workflows.Resume)
		w.finishSoon(id)
		w.keep("activate-paused-while-failing", id)
	}},
	{paths: "activate-paused-while-validating validate-of-a-run-canceled", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.slow(longRequest)
		id := w.activate(workflows.ActivateInput{})
		child := w.validationOf(id)
		run := w.latestRun(child)
		w.pauseAndResume(id)
		w.finishSoon(id)
		w.keepRun("validate-of-a-run-canceled", child, run)
		w.keep("activate-paused-while-validating", id)
	}},
	{paths: "activate-held-and-approved", set: settings{contacts: guarded}, take: func(w *world) {
		w.source(guarded, exited)
		id := w.activate(workflows.ActivateInput{Activation: w.activation(allAlerts)})
		w.awaitStatus(id, runs.StatusWaiting)
		w.signal(id, workflows.Approve)
		w.finished(id)
		w.keep("activate-held-and-approved", id)
	}},
	{paths: "activate-held-and-paused", set: settings{contacts: guarded}, take: func(w *world) {
		w.source(guarded, exited)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusWaiting)
		w.signal(id, workflows.Pause)
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(id, workflows.Approve)
		w.signal(id, workflows.Resume)
		w.finished(id)
		w.keep("activate-held-and-paused", id)
	}},
	{paths: "activate-continued-paused-first activate-continued-paused-next",
		set: settings{contacts: several}, take: func(w *world) {
			id := w.slowRun(workflows.ActivateInput{HandOverEvents: 1})
			w.pauseAndResume(id)
			run := w.finishSoon(id)
			runs := w.chain(id, run.Run)
			w.keepRun("activate-continued-paused-first", id, runs[0])
			w.keepRun("activate-continued-paused-next", id, runs[1])
		}},
	{paths: "activate-too-many-failures", set: settings{contacts: several}, take: func(w *world) {
		w.source(several, realized)
		var bad []string
		for i := range several / 10 {
			bad = append(bad, contact(10*i))
		}
		w.fault(simulator.Fault{Kind: "plugin", IDs: bad})
		id := w.activate(workflows.ActivateInput{Activation: w.activation(allAlerts)})
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(id, workflows.Resume)
		w.finished(id)
		w.keep("activate-too-many-failures", id)
	}},
	{paths: "activate-failures-judged-early", set: settings{contacts: guarded}, take: func(w *world) {
		w.source(guarded, realized)
		var bad []string
		for i := range guarded / 4 {
			bad = append(bad, contact(4*i))
		}
		w.fault(simulator.Fault{Kind: "plugin", IDs: bad})
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(id, workflows.Resume)
		w.finished(id)
		w.keep("activate-failures-judged-early", id)
	}},
	{paths: "activate-paused-itself", take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.fault(refusedWrite)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.mend()
		w.signal(id, workflows.Resume)
		w.finished(id)
		w.keep("activate-paused-itself", id)
	}},
	{paths: "activate-destination-paused hold-resumed", set: settings{contacts: several}, take: func(w *world) {
		id := w.slowRun(workflows.ActivateInput{})
		held := w.hold()
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(held, workflows.Resume)
		w.ended(held)
		w.finishSoon(id)
		w.keep("hold-resumed", held)
		w.keep("activate-destination-paused", id)
	}},
	{paths: "activate-destination-found-paused", set: settings{contacts: several}, take: func(w *world) {
		id := w.slowRun(workflows.ActivateInput{})
		w.findsPause(id)
		w.finishSoon(id)
		w.keep("activate-destination-found-paused", id)
	}},
	{paths: "activate-started-while-destination-paused", take: func(w *world) {
		w.source(w.set.contacts, realized)
		held := w.hold()
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(held, workflows.Resume)
		w.finished(id)
		w.keep("activate-started-while-destination-paused", id)
	}},
	{paths: "activate-daily-rows-approved", set: settings{dailyRows: 40}, take: func(w *world) {
		w.source(w.set.contacts, realized)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusWaiting)
		w.signal(id, workflows.Approve)
		w.finished(id)
		w.keep("activate-daily-rows-approved", id)
	}},
	{paths: "activate-daily-rows-awaited", slow: true, set: settings{dailyRows: 60}, take: func(w *world) {
		w.source(w.set.contacts, realized)
		w.sentYesterday(30)
		id := w.activate(workflows.ActivateInput{})
		w.awaitStatus(id, runs.StatusWaiting)
		w.awaitFor(5*time.Minute, "yesterday's rows count no more", func() bool {
			return w.marks(id)["timer fired"] > 0
		})
		w.finished(id)
		w.keep("activate-daily-rows-awaited", id)
	}},
}

// refusedWrite is a refusal that a person has to mend.
var refusedWrite = simulator.Fault{Kind: "status", Status: 401, Match: "UpdateMultiple"}

// slowRun starts a run and gives its id when some of its contacts are written and others are not.
func (w *world) slowRun(in workflows.ActivateInput) string {
	w.source(w.set.contacts, realized)
	w.slow(requestTime)
	id := w.activate(in)
	w.sending()
	return id
}

// finishSoon lets a slow run go on without delay, and waits for its end.
func (w *world) finishSoon(id string) runs.Report {
	w.slow(0)
	return w.finished(id)
}

// pauseUnsaid pauses the destination, or lets it go on, without anybody being told: as it is where
// a hold was terminated before it could tell.
func (w *world) pauseUnsaid(paused bool) {
	w.must(w.store.SetDestinationPaused(w.ctx, destinations.Pause{
		Destination: w.destination, Paused: paused, Reason: order.Reason, By: order.By, Since: time.Now().UTC(),
	}))
}

// findsPause lets a run find its destination paused with its next request, and then go on.
func (w *world) findsPause(id string) {
	w.signal(id, workflows.Pause)
	w.awaitStatus(id, runs.StatusPaused)
	w.pauseUnsaid(true)
	w.signal(id, workflows.Resume)
	w.await("a request is refused", func() bool { return w.marks(id)["failed UpdateContacts"] > 0 })
	w.pauseUnsaid(false)
}

// sentYesterday counts rows against the daily budget that are free again in a minute or two.
func (w *world) sentYesterday(rows int) {
	db, err := sql.Open("sqlite", w.storeFile)
	w.must(err)
	defer db.Close()
	minute := time.Now().Add(time.Minute - 24*time.Hour).Truncate(time.Minute)
	_, err = db.ExecContext(w.ctx, `INSERT INTO sent_rows (destination, minute, rows) VALUES (?, ?, ?)`,
		w.destination, minute.UnixMicro(), rows)
	w.must(err)
}

// hold pauses the destination and gives the workflow's id when everybody has been told.
func (w *world) hold() string {
	id := workflows.HoldID(w.destination)
	in := workflows.HoldInput{Destination: w.destination, Order: order}
	w.start(id, workflows.HoldDestination, in)
	w.await("the destination is paused", func() bool {
		var hold workflows.Hold
		value, err := w.temporal.QueryWorkflow(w.ctx, id, "", workflows.QueryStatus)
		w.must(err)
		w.must(value.Get(&hold))
		return hold.Told
	})
	return id
}
