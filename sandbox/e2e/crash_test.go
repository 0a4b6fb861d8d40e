package e2e

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

func TestAKilledWorkerWritesNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 6000, Seed: 5})
	w.set("CONCURRENCY", "2")
	w.set("REQUEST_SIZE", "100")
	w.set("REQUEST_TIMEOUT", "30s")
	w.set("SERVER_TIMEOUT", "30s")
	w.slow(250)
	first := w.startWorker()
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, contacts))
	require.Equal(t, command.ExitDone, w.starter("activate", "-f", file, "--detach").code)
	eventually(t, "a third is written", func() bool { return len(w.writes()) > len(contacts)/3 })
	// From here on answers get lost after the work was done: what it wrote is known to Dynamics
	// alone.
	w.fault(simulator.Fault{Kind: "hang-after", Match: "CRM.UpdateMultiple", Seconds: 600})
	eventually(t, "what is written is not booked", w.stuck)
	require.Less(t, len(w.writes()), len(contacts))
	require.Equal(t, command.ExitDone, w.starter("pause", w.workflowID(), "--reason", "a look").code)
	first.kill()
	w.control(http.MethodDelete, "faults", nil)

	w.startWorker()
	require.Equal(t, command.ExitDone, w.starter("resume", w.workflowID()).code)
	report := w.awaitEnd()

	require.Equal(t, runs.StatusCompleted, report.Status)
	require.EqualValues(t, len(contacts), report.Activated)
	require.Zero(t, report.Failed)
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
	written := w.writes()
	slices.Sort(written)
	require.Len(t, written, len(contacts))
	require.Len(t, slices.Compact(written), len(contacts), "no contact is written twice")
}

// stuck reports whether Dynamics holds more than is booked, and no more comes.
func (w *world) stuck() bool {
	written := len(w.writes())
	booked := w.status().Activated
	return int64(written) > booked && written == len(w.writes()) && booked == w.status().Activated
}

func TestPausedMeansThatNothingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 4000, Seed: 6})
	w.set("CONCURRENCY", "2")
	w.set("REQUEST_SIZE", "20")
	w.slow(150)
	w.startWorker()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts()))
	require.Equal(t, command.ExitDone, w.starter("activate", "-f", file, "--detach").code)
	eventually(t, "something is written", func() bool { return len(w.writes()) > 0 })

	require.Equal(t, command.ExitDone, w.starter("pause", w.workflowID(), "--reason", "month end").code)
	eventually(t, "it is paused", func() bool { return w.status().Status == runs.StatusPaused })

	paused, written := w.status(), len(w.writes())
	require.Contains(t, paused.Reason, "month end")
	require.EqualValues(t, written, paused.Activated, "what was sent is booked")
	require.Less(t, written, 4000)
	canceled := w.starter("cancel", w.workflowID(), "--reason", "wrong file")
	require.Equal(t, command.ExitDone, canceled.code)
	require.Contains(t, canceled.out, "canceled: wrong file (", "by whom")
	eventually(t, "it is canceled", func() bool { return w.status().Status == runs.StatusCanceled })
	require.Contains(t, w.status().Reason, "wrong file (", "also to who asks later")
	require.Len(t, w.writes(), written)
}
