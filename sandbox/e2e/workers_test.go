package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/dynamics/simulator"
	"audienceflow/starter/command"
	"audienceflow/store/storetest"
)

// TestWorkersComeAndGoInMidRun: three workers share a run's batches through PostgreSQL; one of them is killed, one drains and ends, and
// another one joins.
func TestWorkersComeAndGoInMidRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 60000, Seed: 7})
	server, err := storetest.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(server.Stop)
	w.environment["STORE_URL"], err = server.NewDatabase(t.Context())
	require.NoError(t, err)
	w.set("CONCURRENCY", "2")
	w.set("REQUEST_SIZE", "250")
	w.slow(300)
	killed, drained := w.startWorker(), w.startWorker()
	w.startWorker()
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, oneInFour, contacts))
	require.Equal(t, command.ExitDone, w.starter("activate", "-f", file, "--detach").code)

	eventually(t, "all three write", func() bool { return len(w.writers()) == 3 && len(w.writes()) > len(contacts)/4 })
	w.slow(1000) // so that enough is left for the one that joins
	killed.kill()
	w.startWorker()
	require.NoError(t, drained.command.Process.Signal(syscall.SIGTERM))
	<-drained.ended
	require.Zero(t, drained.command.ProcessState.ExitCode(), "a worker that is told to stop finishes what it has sent")
	eventually(t, "the one that joined takes its share", func() bool { return len(w.writers()) == 4 })
	w.slow(100)
	report := w.awaitEnd()

	require.Equal(t, activities.StatusCompleted, report.Status)
	require.EqualValues(t, len(contacts), report.Activated)
	require.Zero(t, report.Failed)
	require.Equal(t, activities.VerdictMatch, report.Validation.Verdict)
	written := w.writes()
	slices.Sort(written)
	require.Len(t, slices.Compact(written), len(contacts))
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
