package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
	"audienceflow/store/storetest"
)

var (
	manyContacts = flag.Int("contacts", 60_000, "contacts of TestWorkersComeAndGoInMidRun")
	alone        = flag.Bool("alone", false, "run the same in one worker too, to compare the time")
)

// workerLatency is what a request takes where workers are compared: it bounds what one worker can
// send, not the host.
const workerLatency = 300

// TestWorkersComeAndGoInMidRun: three workers share a run's batches through PostgreSQL; one of them
// is killed, one drains and ends, and another one joins. With more contacts, and the time that one
// worker takes:
//
//	go test ./sandbox/e2e -run WorkersComeAndGo -v -contacts 200000 -alone
func TestWorkersComeAndGoInMidRun(t *testing.T) {
	t.Parallel()
	w := newSharedWorld(t)
	killed, drained, kept := w.startWorker(), w.startWorker(), w.startWorker()
	started := w.begin()

	require.Eventually(t, func() bool { return w.rowsWritten() > *manyContacts/4 && len(w.writers()) == 3 }, recoveryTime, lookEvery, "all three write")
	w.slow(3 * workerLatency) // so that enough is left for the one that joins
	killed.kill()
	joined := w.startWorker()
	require.NoError(t, drained.command.Process.Signal(syscall.SIGTERM))
	<-drained.ended
	require.Zero(t, drained.command.ProcessState.ExitCode(), "a worker that is told to stop finishes what it has sent")
	eventually(t, "the one that joined takes its share", func() bool { return len(w.writers()) == 4 })
	w.slow(workerLatency)
	w.awaitNearlyAll()
	t.Logf("%d contacts: nine in ten written after %v", *manyContacts, time.Since(started))
	w.requireAllWritten()
	t.Logf("%d contacts: ended after %v; what the killed one held waits for its lease", *manyContacts, time.Since(started))
	kept.kill()
	joined.kill()
	if !*alone {
		return
	}
	w = newSharedWorld(t)
	w.startWorker()
	started = w.begin()
	w.awaitNearlyAll()
	t.Logf("one worker: nine in ten written after %v", time.Since(started))
	w.requireAllWritten()
	t.Logf("one worker: ended after %v", time.Since(started))
}

// newSharedWorld is one whose workers share a PostgreSQL store, each with two requests in flight at
// most.
func newSharedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, simulator.Options{Contacts: *manyContacts, Seed: 7})
	w.keepInPostgres()
	w.set("CONCURRENCY", "2")
	w.set("REQUEST_SIZE", "250")
	w.set("REQUEST_TIMEOUT", "15s")
	w.set("SERVER_TIMEOUT", "15s") // what the killed one had taken is free again soon after
	return w
}

// keepInPostgres has the store in a PostgreSQL of its own.
func (w *world) keepInPostgres() {
	w.t.Helper()
	server, err := storetest.Start(w.t.Context())
	require.NoError(w.t, err)
	w.t.Cleanup(server.Stop)
	w.environment["STORE_URL"], err = server.NewDatabase(w.t.Context())
	require.NoError(w.t, err)
}

// begin starts an activation of all contacts, and gives the time at which the first was written;
// requests are slow from then on.
func (w *world) begin() time.Time {
	w.t.Helper()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, w.contacts()))
	require.Equal(w.t, command.ExitDone, w.starter("activate", "-f", file, "--detach").code)
	require.Eventually(w.t, func() bool { return w.rowsWritten() > 0 }, recoveryTime, lookEvery)
	w.slow(workerLatency)
	return time.Now()
}

func (w *world) awaitNearlyAll() {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.rowsWritten() >= *manyContacts*9/10 }, recoveryTime, lookEvery)
}

// requireAllWritten waits for the end: each contact is written once, and the validation finds it
// so.
func (w *world) requireAllWritten() {
	w.t.Helper()
	report := w.awaitEnd()
	require.Equal(w.t, runs.StatusCompleted, report.Status)
	require.EqualValues(w.t, *manyContacts, report.Activated)
	require.Zero(w.t, report.Failed)
	require.Equal(w.t, runs.VerdictMatch, report.Validation.Verdict)
	require.Equal(w.t, *manyContacts, w.rowsWritten())
}

// writers are the processes that have written, as they name themselves.
func (w *world) writers() map[string]bool {
	w.t.Helper()
	writers := map[string]bool{}
	decoder := json.NewDecoder(bytes.NewReader(w.control(http.MethodGet, "writes", nil)))
	for decoder.More() {
		var write struct {
			Headers map[string]string `json:"headers"`
		}
		require.NoError(w.t, decoder.Decode(&write))
		for name, value := range write.Headers {
			if http.CanonicalHeaderKey(name) == http.CanonicalHeaderKey("x-ms-client-session-id") {
				writers[value] = true
			}
		}
	}
	return writers
}
