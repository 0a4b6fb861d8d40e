package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"audienceflow/audience"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store/inbox"
	"audienceflow/workflows"
)

// streams are streams that nobody interrupts.
var streams = []scenario{
	{paths: "stream-idle stream-canceled", take: func(w *world) {
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.drained(id, 3)
		w.keep("stream-idle", id)
		w.keepCanceled("stream-canceled", id)
	}},
	{paths: "stream-window-change", take: func(w *world) {
		id := w.stream(workflows.StreamInput{HandOverEvents: handOver}, 3, audience.Realized)
		state := w.handedOver(id)
		w.cancel(id)
		w.ended(id)
		// as if it had been handed over an hour ago
		state.Window.Begins = state.Window.Begins.Add(-time.Hour)
		before := w.written()
		w.receive(w.register(), 10, 3, audience.Realized)
		w.wake(workflows.StreamInput{State: state})
		w.drained(id, before+3)
		w.keep("stream-window-change", id)
	}},
	{paths: "stream-new-version", take: func(w *world) {
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.drained(id, 3)
		w.receive(w.register("tolerance: 0.5"), 10, 3, audience.Realized)
		w.wake(workflows.StreamInput{})
		w.drained(id, 6)
		w.keep("stream-new-version", id)
	}},
	{paths: "stream-new-version-alerted", take: func(w *world) {
		w.receive(w.register(allAlerts), 0, 3, audience.Realized)
		id := w.wake(workflows.StreamInput{})
		w.drained(id, 3)
		w.receive(w.register(allAlerts, "tolerance: 0.5"), 10, 3, audience.Realized)
		w.wake(workflows.StreamInput{})
		w.drained(id, 6)
		w.await("people are told", func() bool { return w.marks(id)["SendAlert"] > 0 })
		w.keep("stream-new-version-alerted", id)
	}},
	{paths: "stream-judged-anew", set: settings{contacts: 3 * guarded}, take: func(w *world) {
		id := w.stream(workflows.StreamInput{}, 3, audience.Realized)
		w.drained(id, 3)
		w.activated(w.set.contacts) // the ledger is no longer as it was when the window was opened
		before := w.written()
		w.receive(w.register(), 0, guarded, audience.Exited)
		w.wake(workflows.StreamInput{})
		w.drained(id, before+guarded)
		w.keep("stream-judged-anew", id)
	}},
	{paths: "stream-handed-over-first stream-handed-over-next", take: func(w *world) {
		id := w.stream(workflows.StreamInput{HandOverEvents: handOver}, 3, audience.Realized)
		w.handedOver(id)
		w.drained(id, 3)
		first := w.firstRun(id)
		for i := 0; len(w.chain(id, first)) < 3; i++ {
			w.receive(w.register(), 10+i, 1, audience.Realized)
			w.wake(workflows.StreamInput{})
			w.drained(id, 4+i)
		}
		runs := w.chain(id, first)
		w.keepRun("stream-handed-over-first", id, runs[0])
		w.keepRun("stream-handed-over-next", id, runs[1])
	}},
	{paths: "stream-alerted", take: func(w *world) {
		version := w.register(allAlerts)
		w.receiveAt(time.Now().Add(-20*time.Minute), version, 0, 3, audience.Realized) // it is behind
		id := w.wake(workflows.StreamInput{})
		w.drained(id, 3)
		w.await("people are told", func() bool { return w.marks(id)["SendAlert"] > 0 })
		w.keep("stream-alerted", id)
	}},
	{paths: "stream-late", slow: true, take: func(w *world) {
		version := w.register(allAlerts)
		w.fault(simulator.Fault{Kind: "outage", Match: "/contacts"})
		w.receive(version, 0, 3, audience.Realized)
		id := w.wake(workflows.StreamInput{})
		w.awaitFor(20*time.Minute, "people are told", func() bool { return w.marks(id)["SendAlert"] > 0 })
		w.mend()
		w.drained(id, 3)
		w.keep("stream-late", id)
	}},
	{paths: "stream-alert-failed", take: func(w *world) {
		version := w.register(lostAlerts)
		w.receiveAt(time.Now().Add(-20*time.Minute), version, 0, 3, audience.Realized)
		id := w.wake(workflows.StreamInput{})
		w.drained(id, 3)
		w.await("nobody is told", func() bool { return w.marks(id)["failed SendAlert"] > 0 })
		w.keep("stream-alert-failed", id)
	}},
}

// handOver is a history length that a stream reaches with its second or third step.
const handOver = 20

// stream starts a stream with events of so many contacts, and gives its id.
func (w *world) stream(in workflows.StreamInput, contacts int, status audience.Status) string {
	w.receive(w.register(), 0, contacts, status)
	return w.wake(in)
}

func (w *world) streamKey() inbox.StreamKey {
	return inbox.StreamKey{Destination: w.destination, Audience: audienceID}
}

// register registers the stream, with more keys of its activation, and gives that one's version.
func (w *world) register(more ...string) int64 {
	text := fmt.Sprintf(`destination: %s
audience: %s
mappingId: vipstatus
source: {stream: true, contactId: contactId}
%s
`, w.destination, audienceID, strings.Join(more, "\n"))
	a, err := json.Marshal(w.parse(text))
	w.must(err)
	version, err := w.store.RegisterStream(w.ctx, w.streamKey(), a)
	w.must(err)
	return version
}

// receive puts events into the inbox: contacts from a place on have a status.
func (w *world) receive(version int64, from, contacts int, status audience.Status) {
	w.receiveAt(time.Now(), version, from, contacts, status)
}

func (w *world) receiveAt(at time.Time, version int64, from, contacts int, status audience.Status) {
	var events []inbox.Event
	for i := range contacts {
		events = append(events, inbox.Event{
			StreamKey: w.streamKey(), Version: version, Arrived: at.UTC(),
			Record: audience.Record{
				Position: int64(i + 1), Kind: audience.RecordRow, Contact: contact(from + i),
				Status: status, Time: at.UTC(),
			},
		})
	}
	_, err := w.store.Receive(w.ctx, events, nil)
	w.must(err)
}

// receiveUnusable puts events into the inbox that will be excluded.
func (w *world) receiveUnusable(version int64, profiles int) {
	var events []inbox.Event
	for i := range profiles {
		events = append(events, inbox.Event{
			StreamKey: w.streamKey(), Version: version, Arrived: time.Now().UTC(),
			Record: audience.Record{
				Position: int64(i + 1), Kind: audience.RecordExcluded, Reason: runs.ReasonUnknownStatus,
			},
		})
	}
	_, err := w.store.Receive(w.ctx, events, nil)
	w.must(err)
}

// wake wakes the stream, or starts it, as the receiver of profiles does.
func (w *world) wake(in workflows.StreamInput) string {
	id := workflows.StreamID(w.destination, audienceID)
	in.Stream, in.SearchAttributes = w.streamKey(), true
	options := client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue(w.destination),
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "Recorded",
		TypedSearchAttributes: w.searchAttributes(),
	}
	_, err := w.temporal.SignalWithStartWorkflow(w.ctx, id, workflows.Wake.Name, workflows.Order{},
		options, workflows.StreamAudience, in)
	w.must(err)
	return id
}

// drained waits until so many rows are written and the stream waits for more.
func (w *world) drained(id string, rows int) {
	w.await(fmt.Sprintf("%d rows are written and nothing is left", rows), func() bool {
		r := w.status(id)
		resting := r.Status == runs.StatusRunning && r.Phase == runs.PhaseIdle
		return resting && w.written() >= rows
	})
}

// firstRun is the first run that there was under an id.
func (w *world) firstRun(id string) string {
	d, err := w.temporal.DescribeWorkflowExecution(w.ctx, id, "")
	w.must(err)
	return d.GetWorkflowExecutionInfo().GetFirstRunId()
}

// handedOver waits until a stream has continued as new, and gives what it handed over.
func (w *world) handedOver(id string) *workflows.StreamState {
	first := w.firstRun(id)
	w.await(id+" hands over", func() bool { return len(w.chain(id, first)) > 1 })
	events := w.history(id, first).GetEvents()
	payloads := events[len(events)-1].GetWorkflowExecutionContinuedAsNewEventAttributes().GetInput()
	var in workflows.StreamInput
	w.must(converter.GetDefaultDataConverter().FromPayloads(payloads, &in))
	w.expect(in.State != nil, "%s has handed over no state", id)
	return in.State
}
