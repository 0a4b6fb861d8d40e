package chaos

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"audienceflow/store/storetest"
)

const (
	// patience bounds every wait for something that must come at once; a loaded machine is slow.
	patience = 2 * time.Minute
	// lookEvery is the pause between two looks.
	lookEvery = 100 * time.Millisecond
	// requestTimeout is how long a worker waits for an answer of Dynamics.
	requestTimeout = 2 * time.Second
	// serverTimeout is how long a request may have an effect: what delays one here, all together,
	// is shorter.
	serverTimeout = 10 * time.Second
	// leaseTime is how long a batch is a worker's own with it, unless it says that it still is
	// there.
	leaseTime = serverTimeout + 15*time.Second

	contactsEach = 1500 // in each of the two environments
	senderToken  = "rehearsal"
)

// world is everything that runs: two simulated environments with a proxy before each, a store,
// Temporal, workers and serve.
type world struct {
	t        *testing.T
	folder   string
	timeline *timeline
	storeURL string
	postgres *storetest.Server // nil: the store is a SQLite file
	port     string            // Temporal's
	temporal *process
	workers  []*process
	serve    *process
	front    string // serve's address
	places   []*place
	sdk      client.Client

	kills, stops      atomic.Int64
	compared, reports int

	databaseBusy, operator sync.Mutex
	endings                sync.Map        // by run, how those have ended that have not completed
	rest                   <-chan struct{} // closed when the round is to come to rest

	environment []string
}

// resting reports whether the round is to come to rest.
func (w *world) resting() bool {
	select {
	case <-w.rest:
		return true
	default:
		return false
	}
}

// newBase starts what several worlds may share: Temporal, and PostgreSQL where the store is to be
// in one.
func newBase(t *testing.T, kind string) *world {
	t.Helper()
	require.NoError(t, build())
	folder, err := os.MkdirTemp("", "chaos-"+kind)
	require.NoError(t, err)
	file, err := os.Create(filepath.Join(folder, "timeline.log"))
	require.NoError(t, err)
	w := &world{t: t, folder: folder, timeline: newTimeline(file)}
	t.Cleanup(func() {
		if t.Failed() || *keepFlag {
			t.Logf("stores and logs are in %s", folder)
			return
		}
		require.NoError(t, os.RemoveAll(folder))
	})
	if kind == "postgres" {
		w.postgres, err = storetest.Start(t.Context(), "synchronous_commit=on")
		require.NoError(t, err)
		t.Cleanup(w.postgres.Stop)
	}
	w.port = freePort(t)
	w.startTemporal()
	w.sdk, err = client.NewLazyClient(client.Options{
		HostPort: "127.0.0.1:" + w.port, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(w.sdk.Close)
	return w
}

// newWorld starts everything and waits until it answers.
func newWorld(t *testing.T, kind string) *world {
	t.Helper()
	w := newBase(t, kind)
	w.openStore()
	for _, name := range []string{"emea", "us"} {
		w.addPlace(name, contactsEach, "REQUEST_SIZE", "40", "CONCURRENCY", "4", "REQUEST_TIMEOUT", requestTimeout.String(),
			"SERVER_TIMEOUT", serverTimeout.String())
	}
	w.setEnvironment()
	w.writeActivations()
	for i := range 2 {
		w.workers = append(w.workers, w.startWorker(fmt.Sprintf("worker %d", i+1)))
	}
	w.front = "127.0.0.1:" + freePort(t)
	w.serve = w.startProcess("serve", filepath.Join(binaries, "starter"), w.environment,
		"serve", "--listen", w.front, "--activations", filepath.Join(w.folder, "activations"))
	w.await("serve is ready", func() bool { return answers("http://" + w.front + "/readyz") })
	return w
}

func (w *world) startWorker(name string) *process {
	w.t.Helper()
	return w.startProcess(name, filepath.Join(binaries, "worker"), w.environment)
}

// openStore chooses a new store.
func (w *world) openStore() {
	w.t.Helper()
	w.storeURL = "sqlite:" + filepath.Join(w.folder, "store.db")
	if w.postgres != nil {
		var err error
		w.storeURL, err = w.postgres.NewDatabase(w.t.Context())
		require.NoError(w.t, err)
	}
}

// setEnvironment makes the environment of workers, serve and commands, once the places are known.
func (w *world) setEnvironment() {
	var names []string
	environment := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.folder, "TEMPORAL_ADDRESS=127.0.0.1:" + w.port, "TEMPORAL_NAMESPACE=default",
		"STORE_URL=" + w.storeURL, "LOG_LEVEL=info", "WORKER_LISTEN=", "AEP_BEARER_TOKENS=" + senderToken,
	}
	for _, p := range w.places {
		names = append(names, p.name)
		for name, value := range p.settings {
			environment = append(environment, "DYNAMICS_"+strings.ToUpper(p.name)+"_"+name+"="+value)
		}
	}
	w.environment = append(environment, "DYNAMICS_DESTINATIONS="+strings.Join(names, ","))
}

func (w *world) startTemporal() {
	w.t.Helper()
	self, err := os.Executable()
	require.NoError(w.t, err)
	environment := append(os.Environ(), temporalVariable+"="+filepath.Join(w.folder, "temporal.db"))
	w.temporal = w.startProcess("temporal", self, environment, w.port)
	w.await("Temporal is ready", func() bool { return w.temporal.log.contains(readyLine) })
}

func (w *world) startProcess(name, program string, environment []string, args ...string) *process {
	w.t.Helper()
	kept, err := newLogFile(w.folder, name)
	require.NoError(w.t, err)
	p := &process{name: name, program: program, args: args, environment: environment, folder: w.folder, timeline: w.timeline, log: kept}
	require.NoError(w.t, p.start())
	w.t.Cleanup(func() { p.kill(syscall.SIGKILL) })
	return p
}

// await waits for what must come.
func (w *world) await(what string, there func() bool) {
	w.t.Helper()
	require.Eventually(w.t, there, patience, lookEvery, "awaited: %s", what)
}

func answers(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// writeActivations puts the activation files where starter and serve find them.
func (w *world) writeActivations() {
	w.t.Helper()
	const guard = "guard: {maxExitShare: 1, maxFailedShare: 1, maxOverwriteShare: 1}\n"
	write := func(path, text string) {
		path = filepath.Join(w.folder, path)
		require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(w.t, os.WriteFile(path, []byte(text), 0o600))
	}
	for _, p := range w.places {
		head := func(audience string) string {
			return fmt.Sprintf("destination: %s\naudience: %s\nmappingId: %sstatus\n", p.name, audience, audience)
		}
		write(p.name+"-vip.yaml", head("vip")+guard+"onBadValue: reject\nsource: {url: "+p.name+"-vip.ndjson}\n"+
			"mapping:\n  - {source: person.name.firstName, target: FirstName}\n")
		write(p.name+"-gold.yaml", head("gold")+guard+"source: {url: "+p.name+"-gold.ndjson}\n")
		write(p.name+"-temp.yaml", head("temp")+guard+"source: {url: "+p.name+"-temp.ndjson}\n")
		write("activations/"+p.name+"-gold.yaml", head("gold")+guard+"source: {stream: true}\n"+
			"mapping:\n  - {source: person.jobTitle, target: jobtitle}\n")
	}
}
