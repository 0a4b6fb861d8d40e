package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// senderToken signs the tests' sender in.
const senderToken = "rehearsal"

// startServe starts the HTTP front at an address, with audience vip mapped, and waits until it is
// ready.
func (w *world) startServe(address string) *process {
	w.t.Helper()
	folder := filepath.Join(w.folder, "activations")
	require.NoError(w.t, os.MkdirAll(folder, 0o755))
	require.NoError(w.t, os.WriteFile(filepath.Join(folder, "vip.yaml"), fmt.Appendf(nil, `destination: %s
audience: vip
mappingId: vipstatus
source: {stream: true, contactId: contactId}
guard: {maxExitShare: 1}
mapping:
  - {source: person.name.firstName, target: FirstName}
`, w.destination), 0o600))
	environment := append(w.environ(), "AEP_BEARER_TOKENS=other,"+senderToken)
	p := startProcess(w.t, environment, w.folder, "starter", "serve", "--listen", address, "--activations", folder)
	eventually(w.t, "the front is ready", func() bool {
		answer, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
	return p
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// stream posts profiles as lines: the contacts with a status, all qualified at one time.
func (w *world) stream(address, status, at string, contacts []string) {
	w.t.Helper()
	var body strings.Builder
	for i, contact := range contacts {
		fmt.Fprintf(&body, `{"person":{"name":{"firstName":"%s %d"}},"identityMap":{"contactId":[{"id":%q}]},`+
			`"segmentMembership":{"ups":{"vip":{"status":%q,"lastQualificationTime":%q}}}}`+"\n", status, i, contact, status, at)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+address+"/v1/destinations/"+w.destination+"/profiles", strings.NewReader(body.String()))
	require.NoError(w.t, err)
	r.Header.Set("Authorization", "Bearer "+senderToken)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(w.t, err)
	require.NoError(w.t, answer.Body.Close())
	require.Equal(w.t, http.StatusAccepted, answer.StatusCode)
}

// holds waits until all contacts hold a status.
func (w *world) holds(status string, contacts []string) {
	w.t.Helper()
	eventually(w.t, "all contacts are "+status, func() bool {
		held := w.column("acme_vipstatus")
		for _, contact := range contacts {
			if held[contact] != status {
				return false
			}
		}
		return true
	})
}

func (w *world) streamID() string { return "stream/" + w.destination + "/vip" }

func TestAStreamArrivesWhateverWasDownMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 300, Seed: 11})
	address := freeAddress(t)
	worker, serve := w.startWorker(), w.startServe(address)
	contacts := w.contacts()[:200]

	w.stream(address, "realized", firstTime, contacts)
	w.holds("realized", contacts)
	require.Len(t, w.writes(), 200)

	worker.kill()
	w.stream(address, "exited", laterTime, contacts[:150])
	serve.kill()
	w.stream(func() string { w.startServe(address); return address }(), "exited", laterTime, contacts[150:])
	w.startWorker()
	w.holds("exited", contacts)
	require.Len(t, w.writes(), 400, "nothing is written twice")

	eventually(t, "the backlog is gone", func() bool {
		report := w.report(command.ExitDone, "status", w.streamID())
		return report.Status == runs.StatusRunning && report.Stream.Backlog == 0
	})
	older := w.report(command.ExitDone, "activate", "-f", w.activation(w.profiles("old.ndjson", firstTime, oneInFour, contacts)))
	require.EqualValues(t, len(contacts), older.Superseded, "what the stream wrote is in the ledger of files")
	require.Equal(t, runs.VerdictMatch, older.Validation.Verdict)
}

func TestAPausedStreamReceivesAndCatchesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 100, Seed: 12})
	address := freeAddress(t)
	w.startWorker()
	w.startServe(address)
	contacts := w.contacts()
	w.stream(address, "realized", firstTime, contacts[:1])
	w.holds("realized", contacts[:1])

	w.report(command.ExitDone, "pause", w.streamID(), "--reason", "maintenance")
	w.stream(address, "realized", firstTime, contacts)
	held := w.report(command.ExitDone, "status", w.streamID())
	require.Equal(t, runs.StatusPaused, held.Status)
	require.EqualValues(t, len(contacts), held.Stream.Backlog)
	require.Len(t, w.writes(), 1)

	shown := w.starter("destinations")
	require.Regexp(t, `vip +acme_vipstatus +stream +paused`, shown.out)

	w.report(command.ExitDone, "resume", w.streamID())
	w.holds("realized", contacts)
	require.Len(t, w.writes(), 100, "the contact that holds it already is not written again")
}

func TestAFileAndAStreamOfOneAudienceAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Contacts: 2000, Seed: 13})
	address := freeAddress(t)
	w.startWorker()
	w.startServe(address)
	contacts := w.contacts()
	file := w.activation(w.profiles("vip.ndjson", firstTime, func(int) string { return "realized" }, contacts))
	w.slow(300)

	w.report(command.ExitDone, "activate", "-f", file, "--detach")
	for i := range 10 {
		w.stream(address, "exited", laterTime, contacts[i*100:(i+1)*100])
	}

	w.holds("exited", contacts[:1000])
	eventually(t, "the file has ended", func() bool { return w.status().Status == runs.StatusCompleted })
	w.holds("exited", contacts[:1000])
	w.holds("realized", contacts[1000:])
}
