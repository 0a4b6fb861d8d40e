package e2e

import (
	"log/slog"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// billed are the events that Temporal Cloud counts as an action each.
var billed = map[enums.EventType]string{
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:                   "workflows started",
	enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:                        "activities started",
	enums.EVENT_TYPE_TIMER_STARTED:                                "timers started",
	enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:            "search attributes upserted",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:                  "signals",
	enums.EVENT_TYPE_MARKER_RECORDED:                              "markers",
	enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED: "signals sent",
}

// TestActionsOfAHundredThousandContacts counts what Temporal Cloud bills, for
// docs/temporal-cloud.md. Heartbeats depend on the time that it takes, all else does not.
func TestActionsOfAHundredThousandContacts(t *testing.T) {
	t.Parallel()
	const contacts, most = 100_000, 150
	w := newWorld(t, simulator.Options{Contacts: contacts, Seed: 29})
	address := freeAddress(t)
	w.environment["WORKER_LISTEN"] = address
	w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts()))
	began := time.Now()
	w.report(command.ExitDone, "activate", "--detach", "-f", file)
	report := w.awaitEnd()
	took := time.Since(began)
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
	require.EqualValues(t, contacts, report.Activated)

	actions, events := w.actions(w.workflowID())
	child, childEvents := w.actions(report.Validation.WorkflowID)
	beats := w.requests(address, "RecordActivityTaskHeartbeat")
	t.Logf("%d contacts activated and validated in %s", report.Activated, took.Round(time.Second))
	t.Logf("activation: %d events, %v", events, actions)
	t.Logf("its validation: %d events, %v", childEvents, child)
	t.Logf("%d actions by the histories, and %d heartbeats", sum(actions)+sum(child), beats)
	require.Less(t, sum(actions)+sum(child), most)
}

func sum(counted map[string]int) (total int) {
	for _, n := range counted {
		total += n
	}
	return total
}

// actions counts the events of a workflow that are billed, and all of them.
func (w *world) actions(id string) (counted map[string]int, events int) {
	w.t.Helper()
	c, err := shared.temporal.Dial(w.t.Context(), client.Options{Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(w.t, err)
	defer c.Close()
	counted = map[string]int{}
	history := c.GetWorkflowHistory(w.t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(w.t, err)
		events++
		what := billed[event.GetEventType()]
		switch started := event.GetActivityTaskStartedEventAttributes(); {
		case what == "" || versionOnly(event):
		case started != nil:
			counted[what] += int(started.GetAttempt())
		default:
			counted[what]++
		}
	}
	return counted, events
}

// versionOnly tells what GetVersion leaves behind: a marker and a search attribute, which are free.
func versionOnly(event *historypb.HistoryEvent) bool {
	fields := event.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes().GetIndexedFields()
	_, version := fields["TemporalChangeVersion"]
	return version && len(fields) == 1 || event.GetMarkerRecordedEventAttributes().GetMarkerName() == "Version"
}

// requests is how often a worker has asked Temporal for something.
func (w *world) requests(address, operation string) int {
	w.t.Helper()
	_, text := fetch(w.t, "http://"+address+"/metrics")
	require.Contains(w.t, text, "\ntemporal_request_total{")
	line := regexp.MustCompile(`(?m)^temporal_request_total\{[^}]*operation="` + operation + `"[^}]*\} (\d+)$`)
	total := 0
	for _, found := range line.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(found[1])
		require.NoError(w.t, err)
		total += n
	}
	return total
}
