package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

func TestAPausedDestinationHoldsAlsoWhatIsStartedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 200, NoLimits: true})
	w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", "2026-11-20T08:00:00Z", oneInFour, w.contacts()))

	r := w.starter("pause", "--destination", w.destination, "--reason", "month end")
	require.Equal(t, 0, r.code, r.errOut)
	require.Contains(t, r.errOut, "nothing runs to "+w.destination)
	require.Contains(t, w.starter("list").out, "month end")
	again := w.starter("pause", "--destination", w.destination, "--reason", "another")
	require.Equal(t, 0, again.code, again.errOut)
	require.Contains(t, again.errOut, "is paused by")

	started := w.report(0, "activate", "-f", file, "--detach")
	require.Equal(t, w.workflowID(), started.WorkflowID)
	eventually(t, "the run is held", func() bool { return w.status().Status == runs.StatusPaused })
	held := w.status()
	require.Contains(t, held.Reason, "month end")
	require.NotEmpty(t, held.By)
	require.NotNil(t, held.Since)
	require.Empty(t, w.writes(), "nothing is sent")
	one := w.starter("resume", w.workflowID())
	require.Equal(t, 2, one.code)
	require.Contains(t, one.errOut, "starter resume --destination "+w.destination)
	require.Equal(t, runs.StatusPaused, w.status().Status)

	check := w.starter("check", "-f", file)
	require.Equal(t, 2, check.code)
	require.Contains(t, check.out, "month end")

	r = w.starter("resume", "--destination", w.destination)
	require.Equal(t, 0, r.code, r.errOut)
	report := w.awaitEnd()
	require.EqualValues(t, 200, report.Activated)
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
	require.NotContains(t, w.starter("list").out, "month end")
}

func TestPausingADestinationStopsWhatIsUnderWayAndAWorkerStartedAnewKeepsToIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 6_000, NoLimits: true})
	w.set("CONCURRENCY", "2")
	worker := w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", "2026-11-20T08:00:00Z", oneInFour, w.contacts()))
	w.slow(300)
	w.report(0, "activate", "-f", file, "--detach")
	eventually(t, "something is written", func() bool { return len(w.writes()) > 0 })
	require.Equal(t, 0, w.starter("pause", "--destination", w.destination, "--reason", "night").code)
	eventually(t, "the run is held", func() bool { return w.status().Status == runs.StatusPaused })
	written := len(w.writes())

	worker.kill()
	w.startWorker()
	eventually(t, "the new worker answers", func() bool { return w.status().Status == runs.StatusPaused })
	require.Len(t, w.writes(), written)
	require.Equal(t, 0, w.starter("pause", w.workflowID(), "--reason", "only this one").code)
	resumed := w.starter("resume", "--destination", w.destination)
	require.Equal(t, 0, resumed.code)
	require.NotContains(t, resumed.out, "is paused", "where the run stands now, not before")
	require.Contains(t, resumed.errOut, "starter resume "+w.workflowID())
	eventually(t, "the run is paused on its own still", func() bool { return w.status().Reason == "only this one" })
	require.Len(t, w.writes(), written)
	require.Equal(t, 0, w.starter("resume", "--destination", w.destination).code)
	require.EqualValues(t, 6_000, w.awaitEnd().Activated)
}

func TestCommandsSayWhatTheyDidNotDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 200, NoLimits: true})
	w.startWorker()
	eventually(t, "those that there are, once the worker is up", func() bool {
		r := w.starter("pause", "--destination", "nowhere")
		return r.code == 2 && strings.Contains(r.errOut, w.destination)
	})
	file := w.activation(w.profiles("vip.ndjson", "2026-11-20T08:00:00Z", func(int) string { return "exited" }, w.contacts()))
	w.report(4, "activate", "-f", file)
	require.Equal(t, 2, w.starter("resume", w.workflowID()).code)
	require.Equal(t, 0, w.starter("pause", w.workflowID()).code)
	require.Contains(t, w.starter("pause", w.workflowID()).errOut, "was paused already")
	require.Equal(t, 2, w.starter("approve", w.workflowID()).code)
	require.Equal(t, 2, w.starter("approve", w.workflowID()).code)
}

func TestADisabledDestinationIsRefusedWithAWayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 10, NoLimits: true})
	w.set("ENABLED", "false")
	w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", "2026-11-20T08:00:00Z", oneInFour, w.contacts()))
	report := w.report(1, "activate", "-f", file)
	require.Equal(t, runs.StatusFailed, report.Status)
	require.Contains(t, report.Reason, "DYNAMICS_ENABLED")
	require.NotEqual(t, 0, w.starter("validate", "-f", file).code)
	require.Empty(t, w.writes())
}

func TestARunOverTheDailyBudgetWaitsAndAnApprovalSendsTheRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 400, NoLimits: true})
	w.set("DAILY_ROWS", "300")
	w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", "2026-11-20T08:00:00Z", oneInFour, w.contacts()))
	plan := w.report(0, "plan", "-f", file)
	require.EqualValues(t, 300, plan.DailyRows.Left)
	require.EqualValues(t, 400, plan.DailyRows.ToSend)
	require.InDelta(t, 24*60, plan.DailyRows.WaitMinutes, 5)
	require.Contains(t, w.starter("plan", "-f", file).out, "300 left")

	held := w.report(4, "activate", "-f", file)
	require.Equal(t, runs.StatusWaiting, held.Status)
	require.Contains(t, held.Reason, "DYNAMICS_DAILY_ROWS")
	require.Len(t, w.writes(), 300)
	require.Equal(t, 0, w.starter("approve", w.workflowID()).code)
	report := w.awaitEnd()
	require.EqualValues(t, 400, report.Activated)
	require.Len(t, w.writes(), 400)
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
}

// between is how many rows of a backfill may be written from the first of a small run's to the last:
// a few requests that were under way. By turns it would be as many as its own.
const between = 500

// TestASmallRunOvertakesABackfill: its requests go ahead of those that wait.
func TestASmallRunOvertakesABackfill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 13_000, NoLimits: true, Columns: []string{"acme_small:string:100"}})
	w.set("CONCURRENCY", "2")
	w.set("REQUEST_SIZE", "50")
	w.startWorker()
	w.slow(300)
	contacts := w.contacts()
	urgent, others := contacts[:1_000], contacts[1_000:] // a contact in flight is waited for, whoever comes
	small := w.write("small.yaml", fmt.Sprintf("destination: %s\naudience: small\nmappingId: small\nsource: {url: small.csv, format: csv, contactId: id, status: status}\n", w.destination))
	w.write("small.csv", "id,status\n"+strings.Join(urgent, ",realized\n")+",realized\n")
	file := w.activation(w.profiles("vip.ndjson", "2026-11-20T08:00:00Z", oneInFour, others))
	w.report(0, "activate", "-f", file, "--detach")
	eventually(t, "the backfill is well under way", func() bool { return len(w.writes()) > 1_000 })
	require.EqualValues(t, len(urgent), w.report(0, "activate", "-f", small).Activated)
	backfill := w.status()
	require.Equal(t, runs.StatusRunning, backfill.Status)
	require.Greater(t, backfill.Pending, int64(1_000), "the backfill has not been waited for")
	writes := w.writes()
	first := slices.IndexFunc(writes, func(contact string) bool { return slices.Contains(urgent, contact) })
	last := len(writes) - 1
	for !slices.Contains(urgent, writes[last]) {
		last--
	}
	require.Less(t, last-first+1-len(urgent), between)
	require.Equal(t, 0, w.starter("cancel", w.workflowID()).code)
}

func TestAStreamToAPausedDestinationReceivesAndIsHeldAlsoWhileItRests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 50, Seed: 12})
	address := freeAddress(t)
	w.startWorker()
	w.startServe(address)
	contacts := w.contacts()
	w.stream(address, "realized", firstTime, contacts[:1])
	w.holds("realized", contacts[:1])

	require.Equal(t, 0, w.starter("pause", "--destination", w.destination, "--reason", "month end").code)
	held := w.report(0, "status", w.streamID())
	require.Equal(t, runs.StatusPaused, held.Status)
	require.Contains(t, held.Reason, "month end")
	w.stream(address, "realized", firstTime, contacts)
	require.Len(t, w.writes(), 1)
	require.Equal(t, 0, w.starter("resume", "--destination", w.destination).code)
	w.holds("realized", contacts)
}

func TestWithoutAWorkerCommandsTellWhatTheStoreKnowsAndDoNotWaitForLong(t *testing.T) { // alone, since it measures times
	w := newWorld(t, simulator.Options{Contacts: 3_000, NoLimits: true})
	w.set("CONCURRENCY", "1")
	worker := w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", "2026-11-20T08:00:00Z", oneInFour, w.contacts()))
	w.slow(300)
	require.WithinDuration(t, time.Now(), w.report(0, "activate", "-f", file, "--detach").StartedAt, patience)
	eventually(t, "something is written", func() bool { return len(w.writes()) > 0 })
	run := w.status().Run
	worker.kill()

	checked := w.starter("check", "-f", file)
	require.Equal(t, command.ExitUsage, checked.code, checked.errOut)
	require.Contains(t, checked.errOut, "no worker of destination")
	list, err := w.dial().ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{
		Query: `WorkflowType = "CheckActivation" AND ExecutionStatus = "Running"`})
	require.NoError(t, err)
	require.Empty(t, list.GetExecutions(), "the check does not linger")

	status := w.starter("status", w.workflowID())
	require.Equal(t, 0, status.code)
	require.Contains(t, status.errOut, "the numbers are those that the store has")
	require.Contains(t, status.out, run)
	require.Contains(t, status.out, "3,000")
	require.NotContains(t, status.out, "0001-01-01")
	w.environment["STORE_URL"] = "sqlite:" + w.folder + "/elsewhere.db"
	status = w.starter("pause", w.workflowID())
	require.Equal(t, 0, status.code)
	require.Contains(t, status.errOut, "as soon as a worker is there")
	require.NotContains(t, status.out, "received", "not known")
	require.NotContains(t, status.out, "0001-01-01")
}
