package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/workflows"
)

// seed is the simulator's own: its contacts are known by it.
const seed = 1

func contact(i int) string { return simulator.GeneratedID(seed, i) }

// realized and exited are the statuses of whole sources.
func realized(int) string { return "realized" }
func exited(int) string   { return "exited" }

// source writes the audience's file: so many contacts with their statuses.
func (w *world) source(contacts int, status func(int) string) string {
	var text strings.Builder
	text.WriteString("id,first,status\n")
	for i := range contacts {
		fmt.Fprintf(&text, "%s,First %d,%s\n", contact(i), i, status(i))
	}
	return w.write("vip.csv", text.String())
}

func (w *world) write(name, text string) string {
	path := filepath.Join(w.folder, name)
	w.must(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// activation is that of the audience's file; more keys may follow.
func (w *world) activation(more ...string) audience.Activation {
	text := fmt.Sprintf(`destination: %s
audience: %s
mappingId: vipstatus
source: {url: vip.csv, format: csv, contactId: id, status: status}
mapping:
  - {source: first, target: FirstName}
%s
`, w.destination, audienceID, strings.Join(more, "\n"))
	return w.parse(text)
}

func (w *world) parse(text string) audience.Activation {
	list, err := activation.Parse([]byte(text), filepath.Join(w.folder, "vip.yaml"))
	w.must(err)
	return list[0]
}

// allAlerts tell a target of everything, lostAlerts one that nobody knows.
const (
	allAlerts  = "alerts: [{to: ops, on: [start, success, trouble]}]"
	lostAlerts = "alerts: [{to: nobody, on: [start, success, trouble]}]"
)

// activate starts an activation, or another run under its id, and gives that id.
func (w *world) activate(in workflows.ActivateInput) string {
	id := workflows.ActivateID(w.destination, audienceID)
	if in.Kind == runs.KindPlan {
		id = workflows.PlanID(w.destination, audienceID)
	}
	if in.Activation.Audience == "" {
		in.Activation = w.activation()
	}
	in.SearchAttributes = true
	w.start(id, workflows.ActivateAudience, in)
	return id
}

// activated activates so many contacts and waits until that is done.
func (w *world) activated(contacts int) {
	w.source(contacts, realized)
	w.finished(w.activate(workflows.ActivateInput{}))
}

// finished waits until a run has completed, and gives its report.
func (w *world) finished(id string) runs.Report {
	w.ended(id)
	report := w.status(id)
	w.expect(report.Status == runs.StatusCompleted, "%s is %s: %s", id, report.Status, report.Reason)
	return report
}

// slow gives each request to Dynamics a time to take.
func (w *world) slow(latency time.Duration) {
	limits := w.dynamics.Server.Limits()
	limits.LatencyMilliseconds = float64(latency.Milliseconds())
	w.must(w.dynamics.Server.SetLimits(limits))
}

func (w *world) written() int { return w.dynamics.Server.Stats().RowsWritten }

// sending waits until a request has written something and more are to come.
func (w *world) sending() {
	before := w.written()
	w.await("something is written", func() bool { return w.written() > before })
}

func (w *world) fault(f simulator.Fault) { w.must(w.dynamics.Server.AddFault(f)) }

// mend ends all faults.
func (w *world) mend() { w.dynamics.Server.Reset() }

// change changes contacts behind the product's back.
func (w *world) change(changes ...map[string]any) {
	text, err := json.Marshal(changes)
	w.must(err)
	url := w.dynamics.URL + "/_simulator/contacts"
	answer, err := http.Post(url, "application/json", bytes.NewReader(text))
	w.must(err)
	w.must(answer.Body.Close())
	w.expect(answer.StatusCode < http.StatusMultipleChoices, "the simulator answers %s", answer.Status)
}
