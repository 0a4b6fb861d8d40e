package main

import (
	"audienceflow/audience"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// heldStreams are streams that are held for a while, or canceled meanwhile.
var heldStreams = []scenario{
	{paths: "stream-canceled-while-sending", set: settings{contacts: several}, take: func(w *world) {
		w.slow(requestTime)
		id := w.stream(workflows.StreamInput{}, several, audience.Realized)
		w.sending()
		w.keepCanceled("stream-canceled-while-sending", id)
	}},
	{paths: "stream-paused-and-resumed", set: settings{contacts: several}, take: func(w *world) {
		w.slow(requestTime)
		id := w.stream(workflows.StreamInput{}, several, audience.Realized)
		w.sending()
		w.pauseAndResume(id)
		w.slow(0)
		w.drained(id, several)
		w.keep("stream-paused-and-resumed", id)
	}},
	{paths: "stream-handed-over-paused stream-taken-over-paused", take: func(w *world) {
		id := w.stream(workflows.StreamInput{HandOverEvents: 45}, 3, audience.Realized)
		w.drained(id, 3)
		for range 20 {
			if len(w.chain(id, w.firstRun(id))) > 1 {
				break
			}
			w.pauseAndResume(id)
			w.signal(id, workflows.Pause)
			w.awaitStatus(id, runs.StatusPaused)
		}
		runs := w.chain(id, w.firstRun(id))
		w.expect(len(runs) == 2, "it must hand over while it is paused")
		w.receive(w.register(), 10, 3, audience.Realized)
		w.signal(id, workflows.Resume)
		w.wake(workflows.StreamInput{})
		w.drained(id, 6)
		w.keepRun("stream-handed-over-paused", id, runs[0])
		w.keepRun("stream-taken-over-paused", id, runs[1])
	}},
	{paths: "stream-destination-paused", take: func(w *world) {
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.drained(id, 3)
		held := w.hold()
		w.awaitStatus(id, runs.StatusPaused)
		w.receive(w.register(), 10, 3, audience.Realized)
		w.wake(workflows.StreamInput{})
		w.signal(held, workflows.Resume)
		w.drained(id, 6)
		w.keep("stream-destination-paused", id)
	}},
	{paths: "stream-destination-found-paused", set: settings{contacts: several}, take: func(w *world) {
		w.slow(requestTime)
		id := w.stream(workflows.StreamInput{}, w.set.contacts, audience.Realized)
		w.sending()
		w.findsPause(id)
		w.slow(0)
		w.drained(id, w.set.contacts)
		w.keep("stream-destination-found-paused", id)
	}},
	{paths: "stream-started-while-destination-paused", take: func(w *world) {
		held := w.hold()
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(held, workflows.Resume)
		w.drained(id, 3)
		w.keep("stream-started-while-destination-paused", id)
	}},
	{paths: "stream-held-and-approved", set: settings{contacts: guarded}, take: func(w *world) {
		id := w.stream(workflows.StreamInput{}, guarded, audience.Exited)
		w.awaitStatus(id, runs.StatusWaiting)
		w.signal(id, workflows.Approve)
		w.drained(id, guarded)
		w.keep("stream-held-and-approved", id)
	}},
	{paths: "stream-held-and-alerted", set: settings{contacts: guarded}, take: func(w *world) {
		w.receive(w.register(allAlerts), 0, guarded, audience.Exited)
		id := w.wake(workflows.StreamInput{})
		w.awaitStatus(id, runs.StatusWaiting)
		w.signal(id, workflows.Approve)
		w.drained(id, guarded)
		w.keep("stream-held-and-alerted", id)
	}},
	{paths: "stream-held-and-canceled", set: settings{contacts: guarded}, take: func(w *world) {
		id := w.stream(workflows.StreamInput{}, guarded, audience.Exited)
		w.awaitStatus(id, runs.StatusWaiting)
		w.keepCanceled("stream-held-and-canceled", id)
	}},
	{paths: "stream-too-many-failures", set: settings{contacts: several}, take: func(w *world) {
		var bad []string
		for i := range several / 10 {
			bad = append(bad, contact(10*i))
		}
		w.fault(simulator.Fault{Kind: "plugin", IDs: bad})
		id := w.stream(workflows.StreamInput{}, several, audience.Realized)
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(id, workflows.Resume)
		w.drained(id, several-len(bad))
		w.keep("stream-too-many-failures", id)
	}},
	{paths: "stream-too-many-excluded", set: settings{contacts: guarded}, take: func(w *world) {
		version := w.register()
		w.receiveUnusable(version, guarded/2)
		w.receive(version, 0, guarded, audience.Realized)
		id := w.wake(workflows.StreamInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.signal(id, workflows.Resume)
		w.drained(id, guarded)
		w.keep("stream-too-many-excluded", id)
	}},
	{paths: "stream-judged-twice", set: settings{contacts: 3 * guarded}, take: func(w *world) {
		w.activated(w.set.contacts)
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.drained(id, w.written())
		w.fault(refused) // met when what the ledger holds is counted again
		w.receive(w.register(), 0, 2*guarded, audience.Exited)
		w.wake(workflows.StreamInput{})
		w.awaitStatus(id, runs.StatusPaused)
		w.mend()
		w.signal(id, workflows.Resume)
		w.awaitStatus(id, runs.StatusWaiting)
		w.signal(id, workflows.Approve)
		w.drained(id, 2*guarded)
		w.keep("stream-judged-twice", id)
	}},
	{paths: "stream-rejected-alerted", set: settings{contacts: 2 * guarded}, take: func(w *world) {
		version := w.register(allAlerts)
		w.receiveUnusable(version, guarded/10)
		w.receive(version, 0, w.set.contacts, audience.Realized)
		id := w.wake(workflows.StreamInput{})
		w.drained(id, w.set.contacts)
		w.await("people are told", func() bool { return w.marks(id)["SendAlert"] > 0 })
		w.keep("stream-rejected-alerted", id)
	}},
	{paths: "stream-paused-itself-opening", take: func(w *world) {
		w.fault(simulator.Fault{
			Kind: "code", Status: 403, Code: "0x80040220", Match: "EntityDefinitions",
		})
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.mended(id)
		w.keep("stream-paused-itself-opening", id)
	}},
	{paths: "stream-paused-itself-sending", take: func(w *world) {
		w.fault(refusedWrite)
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.mended(id)
		w.keep("stream-paused-itself-sending", id)
	}},
	{paths: "stream-daily-rows-approved", set: settings{dailyRows: 40}, take: func(w *world) {
		id := w.stream(workflows.StreamInput{}, w.set.contacts, audience.Realized)
		w.awaitStatus(id, runs.StatusWaiting)
		w.signal(id, workflows.Approve)
		w.drained(id, w.set.contacts)
		w.keep("stream-daily-rows-approved", id)
	}},
}

// mended waits until a stream has paused itself, mends the cause and lets it go on.
func (w *world) mended(id string) {
	w.awaitStatus(id, runs.StatusPaused)
	w.mend()
	w.signal(id, workflows.Resume)
	w.drained(id, 3)
}
