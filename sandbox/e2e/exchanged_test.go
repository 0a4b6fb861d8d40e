package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/activities"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/starter/command"
)

// exchangeable puts an address before the environment at which others may answer later: what it
// returns has a copy of the environment do so.
func (w *world) exchangeable(o simulator.Options) (exchange func()) {
	w.t.Helper()
	var target atomic.Pointer[url.URL]
	point := func(to string) {
		at, err := url.Parse(to)
		require.NoError(w.t, err)
		target.Store(at)
	}
	point(w.dynamics.URL)
	front := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target.Load())
		r.Out.Host = r.In.Host
	}})
	w.t.Cleanup(front.Close)
	w.set("ENVIRONMENT", front.URL)
	return func() {
		w.move(o)
		w.set("ENVIRONMENT", front.URL)
		point(w.dynamics.URL)
	}
}

// TestAnotherOrganizationUnderAWorkerAndItsStream has the environment exchanged twice while a worker
// and a stream go on, and begins anew each time as docs/operations.md says.
func TestAnotherOrganizationUnderAWorkerAndItsStream(t *testing.T) {
	t.Parallel()
	o := simulator.Options{Contacts: 100, Seed: 33}
	w := newWorld(t, o)
	exchange := w.exchangeable(o)
	monitor, address := freeAddress(t), freeAddress(t)
	w.environment["WORKER_LISTEN"] = monitor
	w.startWorker()
	serve := w.startServe(address)
	file := filepath.Join(w.folder, "activations", "vip.yaml")
	contacts := w.contacts()
	w.stream(address, "realized", firstTime, contacts[:50])
	w.holds("realized", contacts[:50])
	require.Equal(t, command.ExitDone, w.starter("validate", "-f", file).code)

	exchange()
	for range 2 { // also when others have been refused meanwhile
		r := w.starter("validate", "-f", file)
		require.Equal(t, command.ExitUsage, r.code, "%s%s", r.out, r.errOut)
		require.Contains(t, r.out+r.errOut, "rebind "+w.destination+" --forget")
		require.Equal(t, command.ExitUsage, w.starter("check", "-f", file).code)
	}
	eventually(t, "the worker is not ready", func() bool {
		code, text := fetch(t, "http://"+monitor+"/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(text, "rebind "+w.destination)
	})
	w.stream(address, "realized", firstTime, contacts[40:60])
	w.pausesItself()
	w.forgets()
	w.report(command.ExitDone, "resume", w.streamID())
	w.holds("realized", contacts[40:60])

	exchange()
	w.stream(address, "exited", laterTime, contacts[:10])
	w.pausesItself()
	serve.kill()
	require.Equal(t, command.ExitDone, w.starter("cancel", w.streamID()).code)
	w.forgets()
	w.startServe(address)
	w.holds("exited", contacts[:10])
	require.Equal(t, 10, w.rowsWritten())
}

func (w *world) pausesItself() {
	w.t.Helper()
	eventually(w.t, "the stream pauses itself", func() bool {
		return w.report(command.ExitDone, "status", w.streamID()).Status == runs.StatusPaused
	})
}

// forgets binds the destination to whoever answers now.
func (w *world) forgets() {
	w.t.Helper()
	var bound activities.RebindDestinationResult
	w.document(&bound, command.ExitDone, "destination", "rebind", w.destination, "--forget")
	require.NotEqual(w.t, bound.Before.OrganizationID, bound.Now.OrganizationID)
}
