package e2e

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// outage is how long Dynamics answers 503, in seconds: long enough for both kills, and for retries
// to have grown far apart.
const outage = 10

func TestAnOutageAndTwoKillsLeaveNothingUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 4000, Seed: 24})
	w.set("CONCURRENCY", "4")
	w.set("REQUEST_SIZE", "50")
	w.set("REQUEST_TIMEOUT", "3s") // what a killed worker had taken is free again a quarter of a minute later
	w.set("SERVER_TIMEOUT", "3s")
	w.slow(100)
	c := w.dial()
	worker := w.startWorker()
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, contacts))
	require.Equal(t, command.ExitDone, w.starter("activate", "-f", file, "--detach").code)
	eventually(t, "something is written", func() bool { return w.rowsWritten() > 200 })
	w.fault(simulator.Fault{Kind: "outage", Seconds: outage})
	for attempt := range int32(2) {
		eventually(t, "every step waits for its next try", func() bool { return w.allWaiting(c, attempt+2) })
		eventually(t, "the list says so", func() bool {
			list := w.starter("list", "--destination", w.destination)
			return containsAll(list.out, "activate  retrying", "is retrying UpdateContacts, attempt")
		})
		worker.kill()
		worker = w.startWorker()
	}
	w.slow(0)

	report := w.awaitEnd()

	require.Equal(t, runs.StatusCompleted, report.Status)
	require.EqualValues(t, len(contacts), report.Activated)
	require.Zero(t, report.Failed)
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
	require.Equal(t, len(contacts), w.rowsWritten(), "each contact once")
	status := w.column("acme_vipstatus")
	for i, contact := range contacts {
		require.Equal(t, oneInFour(i), status[contact])
	}
	w.control(http.MethodDelete, "faults", nil)
}

// allWaiting reports whether the run's steps have all failed and wait for a try of at least that
// number.
func (w *world) allWaiting(c client.Client, attempt int32) bool {
	w.t.Helper()
	answer, err := c.DescribeWorkflowExecution(w.t.Context(), w.workflowID(), "")
	require.NoError(w.t, err)
	for _, step := range answer.GetPendingActivities() {
		if step.GetState() != enums.PENDING_ACTIVITY_STATE_SCHEDULED || step.GetAttempt() < attempt {
			return false
		}
	}
	return len(answer.GetPendingActivities()) > 0
}
