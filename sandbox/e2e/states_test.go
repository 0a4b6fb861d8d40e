package e2e

import (
	"context"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
	"audienceflow/workflows"
)

// state is one in which people find a run, with the destination that is brought into it.
type state struct {
	name, title string
	destination string
	contacts    int
	settings    map[string]string // of the destination
	arrange     func(w *world)
	page        func(w *world) string // the workflow that is looked at; nil: the activation
	shows       []string              // in the UI and on the terminal
	never       string                // in neither
}

// endless is for how long a fault lasts that ends with the test, in seconds.
const endless = 600

// slowly gives a destination requests that are few and small, so that there is time to look.
var slowly = map[string]string{"REQUEST_SIZE": "100", "CONCURRENCY": "2"}

// states are brought about by real runs: a worker, Temporal, and simulated environments with
// faults and limits.
var states = []state{
	{
		name: "running", title: "Running: it writes", destination: "emea", contacts: 12_000, settings: slowly,
		arrange: func(w *world) {
			w.beginAll()
			w.wrote(2_000)
			w.slow(3_000)
		},
		shows: []string{"running, updating contacts"},
	},
	{
		name: "reading", title: "Reading, before the first write, from a Dynamics that takes 20 s to answer", destination: "us", contacts: 12_000, settings: slowly,
		arrange: func(w *world) {
			w.slow(500)
			w.beginAll()
			eventually(w.t, "it reads", func() bool { return w.tells().Phase == "reading contacts" })
			w.slow(20_000)
		},
		shows: []string{"running, reading contacts"},
	},
	{
		name: "retrying", title: "Retrying: Dynamics is not there", destination: "apac", contacts: 3_000, settings: slowly,
		arrange: func(w *world) {
			w.slow(200)
			w.beginAll()
			w.wrote(500)
			w.fault(simulator.Fault{Kind: "outage", Seconds: endless})
			eventually(w.t, "every step waits for its next try", func() bool { return w.allWaiting(w.temporal, 3) })
		},
		shows: []string{"retrying", "UpdateContacts", "Dynamics is not available"},
		never: "0 (realized 0, exited 0)", // rows were written
	},
	{
		name: "throttled", title: "Throttled: Dynamics has asked to wait", destination: "latam", contacts: 3_000, settings: slowly,
		arrange: func(w *world) {
			w.slow(200)
			w.beginAll()
			w.wrote(500)
			w.fault(simulator.Fault{Kind: "status", Status: http.StatusTooManyRequests, Seconds: endless, Match: "UpdateMultiple"})
			eventually(w.t, "every step waits", func() bool { return w.allWaiting(w.temporal, 2) })
		},
		shows: []string{"retrying", "UpdateContacts", "HTTP 429", "too many requests"},
		never: "0 (realized 0, exited 0)",
	},
	{
		name: "paused", title: "Paused by a person", destination: "nordics", contacts: 3_000, settings: slowly,
		arrange: func(w *world) {
			w.slow(200)
			w.beginAll()
			w.wrote(500)
			require.NoError(w.t, w.temporal.SignalWorkflow(w.t.Context(), w.workflowID(), "", workflows.Pause.Name, w.order()))
			w.comesToBe(runs.StatusPaused)
		},
		shows: []string{"paused while updating contacts", "month end closing", "starter resume activate/nordics/vip"},
	},
	{
		name: "destination-paused", title: "Paused by its destination", destination: "iberia", contacts: 3_000, settings: slowly,
		arrange: func(w *world) {
			w.slow(200)
			w.beginAll()
			w.wrote(500)
			w.hold()
			w.comesToBe(runs.StatusPaused)
		},
		shows: []string{"paused", "month end closing", "starter resume --destination iberia"},
	},
	{
		name: "waiting", title: "Held by a guard", destination: "dach", contacts: 4_000,
		arrange: func(w *world) {
			w.profiles("vip.ndjson", firstTime, always("realized"), w.contacts())
			w.report(command.ExitDone, "activate", "-f", w.activationNamed())
			w.profiles("vip.ndjson", laterTime, always("exited"), w.contacts()[:3_000])
			w.report(command.ExitDone, "activate", "-f", w.activationNamed(), "--detach")
			w.comesToBe(runs.StatusWaiting)
		},
		shows: []string{"waiting for approval", "3,000 of 4,000 contacts realized now would leave the audience", "starter approve activate/dach/vip"},
	},
	{
		name: "mismatch", title: "Mismatch: somebody has changed what was written", destination: "uk", contacts: 2_000,
		arrange: func(w *world) {
			w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts())
			w.report(command.ExitDone, "activate", "-f", w.activationNamed())
			for i, contact := range w.contacts()[:3] {
				w.change(map[string]any{"contactid": contact, "acme_vipstatus": []any{"former", nil, "exited"}[i]})
			}
			require.Equal(w.t, command.ExitMismatch, w.starter("validate", "-f", w.activationNamed()).code)
		},
		page:  func(w *world) string { return strings.Replace(w.workflowID(), "activate", "validate", 1) },
		shows: []string{"mismatch", "matched 1,997 + mismatched 3", "starter validate -f FILE --repair"},
	},
	{
		name: "failed", title: "Failed: it could not begin", destination: "canada", contacts: 50, settings: map[string]string{"CLIENT_SECRET": "expired"},
		arrange: func(w *world) {
			w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts())
			w.report(command.ExitFailed, "activate", "-f", w.activationNamed())
		},
		shows: []string{"failed", "the client secret is wrong"},
	},
	{
		name: "completed", title: "Completed, and proven", destination: "france", contacts: 2_000,
		arrange: func(w *world) {
			w.profiles("vip.ndjson", firstTime, oneInFour, append(w.contacts(), "nobody", ""))
			w.report(command.ExitDone, "activate", "-f", w.activationNamed())
		},
		shows: []string{"completed", "match", "starter rejected"},
	},
}

func always(word string) func(int) string { return func(int) string { return word } }

// activationNamed writes the activation file of an audience with a name.
func (w *world) activationNamed() string { return w.activation("vip.ndjson", "name: VIP customers") }

// beginAll starts a first run of all contacts.
func (w *world) beginAll() {
	w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts())
	w.report(command.ExitDone, "activate", "-f", w.activationNamed(), "--detach")
}

func (w *world) wrote(rows int) {
	eventually(w.t, "rows are written", func() bool { return w.rowsWritten() >= rows })
}

func (w *world) comesToBe(status string) {
	eventually(w.t, "the run is "+status, func() bool { return w.tells().Status == status })
}

// tells is what a run says of itself, without a command in between.
func (w *world) tells() (r runs.Report) {
	ctx, cancel := context.WithTimeout(w.t.Context(), browserTime)
	defer cancel()
	value, err := w.temporal.QueryWorkflow(ctx, w.workflowID(), "", workflows.QueryStatus)
	if err == nil {
		err = value.Get(&r)
	}
	if err != nil {
		return runs.Report{} // it is asked again
	}
	return r
}

func (w *world) order() workflows.Order {
	return workflows.Order{Reason: "month end closing", By: "kim@ops"}
}

// hold pauses the destination as the starter does, in somebody's name.
func (w *world) hold() {
	_, err := w.temporal.ExecuteWorkflow(w.t.Context(), client.StartWorkflowOptions{
		ID: workflows.HoldID(w.destination), TaskQueue: workflows.TaskQueue(w.destination),
		StaticSummary:         "Everything to " + w.destination + " is paused",
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.SearchDestination.ValueSet(w.destination)),
	}, workflows.HoldDestinationType, workflows.HoldInput{Destination: w.destination, Order: w.order()})
	require.NoError(w.t, err)
}
