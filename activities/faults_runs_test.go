package activities_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store/inbox"
	"audienceflow/workflows"
)

// moment is a point in the life of a run or of a stream at which requests begin to go wrong.
type moment struct {
	name     string
	match    string            // the requests
	step     string            // the activity with which it begins; empty: with the first
	after    int               // requests that have written before
	contacts int               // two in a request
	with     []simulator.Fault // what happens besides
}

const (
	signIns    = `oauth2`
	updates    = `^PATCH|UpdateMultiple$|\$batch`
	byID       = `In\(PropertyName|In%28PropertyName`
	perRequest = 2
	// patience is how many attempts of a step meet a fault before it ends.
	patience  = 3
	ages      = 1000 * time.Hour
	lookEvery = time.Minute
	// enough attempts have failed for one more to change nothing.
	enough = 100
	// orders to resume are obeyed at the latest when what a client remembers is forgotten.
	orders = 3
	word   = "realized"
)

var (
	noBulk    = simulator.Fault{Kind: "code", Status: 404, Code: "0x8006088a", Match: `UpdateMultiple$`}
	lostReply = simulator.Fault{Kind: "cut-after", Match: `UpdateMultiple$`, Count: 1}
	expired   = simulator.Fault{Kind: "expired-tokens"}
)

// common are the moments of runs and of streams.
var common = []moment{
	{"signing in", signIns, "", 0, 6, nil},
	{"asking who am I", `/WhoAmI`, "", 0, 6, nil},
	{"reading one contact", `contacts\?\$select=contactid&\$top=1`, "", 0, 6, nil},
	{"metadata", `EntityDefinitions`, "", 0, 6, nil},
	{"the privilege", `RetrieveUserPrivilege`, "", 0, 6, nil},
	{"the write probe", `^PATCH`, "", 0, 6, nil},
	{"asking for UpdateMultiple", `sdkmessagefilters`, "", 0, 6, nil},
	{"reading contacts", byID, "", 0, 6, nil},
	{"the first UpdateMultiple", updates, "UpdateContacts", 0, 6, nil},
	{"the second UpdateMultiple", updates, "UpdateContacts", 1, 6, nil},
	{"signing in again", signIns, "UpdateContacts", 1, 6, []simulator.Fault{expired}},
	{"$batch", `^PATCH|\$batch`, "UpdateContacts", 0, 6, []simulator.Fault{noBulk}},
	{"PATCH", `^PATCH`, "UpdateContacts", 0, 1, nil},
	{"reading back after a lost answer", byID, "UpdateContacts", 0, 6, []simulator.Fault{lostReply}},
}

// outcome says in a word what became of it.
func (tr *trial) outcome(failed string) string {
	reason, what := tr.paused, "pauses"
	if failed != "" {
		reason, what = failed, "fails"
	}
	switch {
	case reason == "" && tr.failed > 0:
		return "waited for"
	case reason == "":
		return "done"
	case strings.Contains(reason, "another environment") || strings.Contains(reason, "another_environment"):
		return "refused: " + what
	}
	return what
}

// meets is an error unless the fault was met as it was meant to be, and all is as it should be in
// the end.
func (tr *trial) meets(outcome string) error {
	var problems []error
	add := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	add(tr.trouble != nil, "%v", tr.trouble)
	add(tr.met == 0, "no request met the fault")
	passes := outcome == "waited for" || outcome == "done"
	add(!passes && tr.fault.Want != "stops" && tr.fault.Want != "refused", "what passes was not waited for: %s", tr.paused)
	add(outcome == "waited for" && (tr.fault.Want == "stops" || tr.fault.Want == "refused"), "nobody is told of what only a person can mend")
	add(tr.holds(word) != len(tr.ids), "%d of %d contacts hold %s", tr.holds(word), len(tr.ids), word)
	for contact, times := range tr.timesWritten() {
		add(times > 1, "contact %s was written %d times", contact, times)
	}
	return errors.Join(problems...)
}

// run takes a run through the fault and gives what became of it.
func (tr *trial) run() (string, error) {
	source := tr.file()
	list, err := activation.Parse([]byte("destination: "+tr.name+"\naudience: vip\nmappingId: vip\nsource: {url: "+source+
		", format: csv, contactId: id, status: status}\n"), filepath.Join(tr.t.TempDir(), "vip.yaml"))
	if err != nil {
		return "", err
	}
	list[0].Folder = filepath.Dir(source)
	report, failure := tr.activate(list[0])
	failed := ""
	if failure != nil {
		failed = report.Reason
		if report.Status != runs.StatusFailed || report.Activated > 0 || len(tr.timesWritten()) > 0 {
			return "", fmt.Errorf("failed after a write: %w", failure)
		}
		tr.mu.Lock()
		tr.lift()
		tr.mu.Unlock()
		if report, failure = tr.activate(list[0]); failure != nil {
			return "", fmt.Errorf("once what is wrong was mended: %w", failure)
		}
	}
	outcome := tr.outcome(failed)
	if report.Status != runs.StatusCompleted || report.Activated != int64(len(tr.ids)) || report.Failed > 0 || report.Pending > 0 {
		return outcome, fmt.Errorf("it ends with %+v", report)
	}
	if report.Validation == nil || report.Validation.Verdict != runs.VerdictMatch {
		return outcome, fmt.Errorf("its validation says %+v", report.Validation)
	}
	return outcome, tr.meets(outcome)
}

func (tr *trial) activate(a activities.Activation) (r runs.Report, err error) {
	tr.start(workflows.ActivateID(tr.name, "vip"))
	tr.env.ExecuteWorkflow(workflows.ActivateAudience, workflows.ActivateInput{Activation: a})
	err = tr.env.GetWorkflowError()
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return r, tr.env.GetWorkflowResult(&r)
	case errors.As(err, &app) && app.HasDetails():
		return r, errors.Join(err, app.Details(&r))
	}
	return r, err
}

// stream takes a stream through the fault and gives what became of it.
func (tr *trial) stream() (string, error) {
	list, err := activation.Parse([]byte("destination: "+tr.name+"\naudience: vip\nmappingId: vip\nsource: {stream: true, contactId: id}\n"), "vip.yaml")
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(list[0])
	if err != nil {
		return "", err
	}
	key := inbox.StreamKey{Destination: tr.name, Audience: "vip"}
	version, err := tr.options.Store.RegisterStream(tr.t.Context(), key, text)
	if err != nil {
		return "", err
	}
	var events []inbox.Event
	for _, id := range tr.ids {
		events = append(events, inbox.Event{StreamKey: key, Version: version, Arrived: time.Now().UTC(),
			Record: audience.Record{Contact: id, Status: audience.Realized, Time: time.Now().Add(-time.Hour)}})
	}
	if _, err := tr.options.Store.Receive(tr.t.Context(), events, nil); err != nil {
		return "", err
	}
	tr.start(workflows.StreamID(tr.name, "vip"))
	tr.env.ExecuteWorkflow(workflows.StreamAudience, workflows.StreamInput{Stream: key})
	var canceled *temporal.CanceledError
	if err := tr.env.GetWorkflowError(); !errors.As(err, &canceled) {
		return "", fmt.Errorf("the stream has ended: %w", err)
	}
	outcome := tr.outcome("")
	return outcome, tr.meets(outcome)
}

// through takes each moment through all faults, and compares what it sees with a part of
// docs/faults.md. Those of a moment share a store and not their destination.
func through(t *testing.T, heading string, moments []moment, try func(tr *trial) (string, error)) {
	t.Helper()
	faults := activities.TableFaults()
	seen := make([][]string, len(moments))
	t.Run("all", func(t *testing.T) {
		for i, m := range moments {
			seen[i] = make([]string, len(faults))
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					kept := openStore(t)
					defer func() { require.NoError(t, kept.Close()) }()
					for n, f := range faults {
						if !activities.Tried(i, n) {
							continue
						}
						p, closePlace := newPlace(t, kept, fmt.Sprintf("d%d", n), m.contacts, perRequest)
						outcome, err := try(newTrial(p, m, f))
						closePlace()
						if err != nil {
							t.Errorf("%s: %s: %v", f.Name, outcome, err)
						}
						seen[i][n] = outcome
					}
				})
			})
		}
	})
	if t.Failed() {
		return
	}
	names := make([]string, len(moments))
	for i, m := range moments {
		names[i] = m.name
	}
	activities.FaultsTable(t, heading, names, seen)
}

func TestWhateverARunMeets(t *testing.T) {
	t.Parallel()
	through(t, "A run", append(common[:len(common):len(common)],
		moment{"reading for the validation", byID, "ReadBackContacts", 0, 6, nil},
		moment{"counting", `\$apply`, "EndValidation", 0, 6, nil}), (*trial).run)
}

func TestWhateverAStreamMeets(t *testing.T) {
	t.Parallel()
	through(t, "A stream", common, (*trial).stream)
}
