package dynamics_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

// inProcess carries requests to a simulator without a network, so that time may be virtual.
type inProcess struct{ server http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	resp := w.Result()
	for name, values := range resp.Header { // as a network would: the simulator spells names as the service does
		delete(resp.Header, name)
		resp.Header[http.CanonicalHeaderKey(name)] = values
	}
	return resp, nil
}

const inProcessURL = "http://127.0.0.1:9080"

// regime is one way in which a destination limits its clients.
type regime struct {
	name    string
	options simulator.Options
	limits  string // changes made at the start through POST /_simulator/limits
	rows    int    // in each request
	clients int
	least   float64 // share of what is allowed that has to be achieved
	halved  bool    // the limits, after two windows; two more are left to find the new ones
}

var (
	shortRequests = simulator.Options{Latency: 50 * time.Millisecond}
	longRequests  = simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 200 * time.Millisecond} // few slow rows cost this host less
)

func on(o simulator.Options, servers, parallelism int) simulator.Options {
	o.Servers, o.Parallelism = servers, parallelism
	return o
}

// regimes lists those with so many servers. Processes that share a user do not know of each other.
// Where several servers work in turn, requests drift together on some of them, and allowed is meant
// for even loads: what a server can do at a time is not reached then.
func regimes(servers int) []regime {
	var all []regime
	for clients, least := range map[int]float64{1: 0.95, 2: 0.90} {
		uneven := least
		if servers > 1 {
			uneven = 0.70
			least -= 0.05 * float64(clients-1) // what two processes waste of the first window until they know of each other
		}
		name := func(limit string) string { return fmt.Sprintf("%d-servers/%d-processes/%s", servers, clients, limit) }
		all = append(all,
			regime{name("requests"), on(shortRequests, servers, 0), "", 1, clients, least, false},
			regime{name("time"), on(longRequests, servers, 0), "", 5, clients, least, false},
			regime{name("parallelism"), on(longRequests, servers, 2), "", 5, clients, uneven, false},
			regime{name("concurrency"), on(longRequests, servers, 16), `{"concurrency":12,"seconds":12000}`, 5, clients, uneven, false},
		)
	}
	if servers > 1 {
		return all
	}
	return append(all, regime{"limits-halved/requests", on(shortRequests, 1, 0), "", 1, 1, 0.95, true}, regime{"limits-halved/time", on(longRequests, 1, 0), "", 5, 1, 0.95, true})
}

var (
	verbose     = flag.Bool("windows", false, "log every window of the controller's tests")
	mostServers = flag.Int("servers", 1, "most web servers in the controller's tests; four take a minute or two")
)

// Over four windows of virtual time, the first included. All regimes, with numbers:
//
//	go test ./dynamics -run ControllerReaches -v -servers 4
func TestTheControllerReachesWhatIsAllowed(t *testing.T) {
	all := regimes(1)
	if *mostServers > 1 {
		all = append(all, regimes(*mostServers)...)
	}
	if testing.Short() {
		all = slices.DeleteFunc(all, func(r regime) bool { return r.rows == 1 || r.clients > 1 }) // many requests, much to compute
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { r.run(t) })
		})
	}
}

func (r regime) run(t *testing.T) {
	r.options.Contacts, r.options.Columns = 1000, []string{"vipstatus:string:100"}
	server, err := simulator.New(r.options)
	require.NoError(t, err)
	setLimits := func(limits string) {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest("POST", "/_simulator/limits", strings.NewReader(limits)))
		require.Equal(t, 200, w.Code, w.Body)
	}
	if r.limits != "" {
		setLimits(r.limits)
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequest("GET", "/_simulator/contacts", nil))
	ids := strings.Fields(w.Body.String())
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var clients []*dynamics.Client
	for n := range r.clients {
		c, err := dynamics.New(config(func(c *dynamics.Config) { c.Environment, c.Transport = inProcessURL, inProcess{server} }))
		require.NoError(t, err)
		clients = append(clients, c)
		for w := range benchWorkers {
			group.Go(func() { send(ctx, c, ids, r.rows, uint64(n*benchWorkers+w)) })
		}
	}
	before := server.Stats()
	if r.halved {
		time.Sleep(2 * nominalWindow)
		setLimits(`{"requests":3000,"seconds":600}`)
		time.Sleep(2 * nominalWindow)
		before = server.Stats()
	}
	for range benchWindows {
		time.Sleep(nominalWindow)
		if s := server.Stats(); *verbose {
			t.Logf("%4.0f s: %d requests, %d rows, throttled %v, early %d; %+v", s.Seconds, s.Requests, s.RowsWritten, s.Throttled, s.EarlyRetries, clients[0].Limits())
		}
	}
	s := server.Stats()
	cancel()
	group.Wait()
	achieved := float64(s.RowsWritten-before.RowsWritten) / (s.Seconds - before.Seconds) / *s.Allowed.RowsPerSecond
	requests, refusals := float64(s.Requests-before.Requests), float64(s.ByStatus[429]-before.ByStatus[429])
	require.Equal(t, r.name[strings.LastIndexByte(r.name, '/')+1:], s.Allowed.BoundBy)
	require.GreaterOrEqual(t, achieved, r.least)
	const inFlight = 8 // that a server works on at a time; each may meet the end of a window's budget
	require.LessOrEqual(t, refusals, max(0.01*float64(r.clients)*requests, inFlight*benchWindows))
	require.Zero(t, s.EarlyRetries)
	t.Logf("bound by %s: %.1f %% achieved, %.2f %% refused, %d early", s.Allowed.BoundBy, 100*achieved, 100*refusals/requests, s.EarlyRetries)
}

func TestAHungRequestCostsNoMoreThanItsOwnPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := simulator.New(simulator.Options{Contacts: 1000, Columns: []string{"vipstatus:string:100"}, Latency: time.Second})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest("GET", "/_simulator/contacts", nil))
		ids := strings.Fields(w.Body.String())
		c, err := dynamics.New(config(func(c *dynamics.Config) {
			c.Environment, c.Transport, c.Concurrency = inProcessURL, inProcess{server}, 2
		}))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for w := range 4 {
			group.Go(func() { send(ctx, c, ids, 1, uint64(w)) })
		}
		for range 10 {
			w = httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequest("POST", "/_simulator/faults", strings.NewReader(`{"kind":"hang","match":"PATCH","count":1}`)))
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			before := server.Stats().RowsWritten
			time.Sleep(dynamics.DefaultRequestTimeout)
			require.GreaterOrEqual(t, server.Stats().RowsWritten-before, 45, "of 60 in the other place")
		}
		cancel()
		group.Wait()
	})
}

func send(ctx context.Context, c *dynamics.Client, ids []string, rows int, seed uint64) {
	rng := rand.New(rand.NewPCG(1, seed))
	for n := 0; ctx.Err() == nil; n++ {
		if err := sendOnce(ctx, c, ids, rows, rng, n); err != nil {
			wait(ctx, err)
		}
	}
}

func sendOnce(ctx context.Context, c *dynamics.Client, ids []string, rows int, rng *rand.Rand, n int) error {
	at := rng.IntN(len(ids) - rows)
	updates := make([]dynamics.Update, rows)
	for i := range updates {
		updates[i] = dynamics.Update{ContactID: ids[at+i], Values: []dynamics.Assignment{{Column: &status, Value: text(fmt.Sprint("v", n))}}}
	}
	_, err := c.Update(ctx, updates)
	return err
}
