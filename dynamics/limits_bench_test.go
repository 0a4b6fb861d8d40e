package dynamics_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

// controllerScale makes the simulator's five-minute windows last half a minute.
const controllerScale = 10

// BenchmarkController measures what the controller reaches of what the service protection limits
// allow, over several windows, the first of them included:
//
//	go test ./dynamics -run '^$' -bench Controller -benchtime 1x -timeout 30m
func BenchmarkController(b *testing.B) {
	for _, tc := range []struct {
		name    string
		options simulator.Options
		rows    int // in each request: few where requests are the limit, so that this host is not
		clients int
		halve   bool
	}{
		{"one-server/requests", simulator.Options{Latency: 50 * time.Millisecond}, 10, 1, false},
		{"one-server/time", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond}, 100, 1, false},
		{"four-servers/requests", simulator.Options{Latency: 50 * time.Millisecond, Servers: 4}, 10, 1, false},
		{"four-servers/time", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond, Servers: 4}, 100, 1, false},
		{"limit-halved/requests", simulator.Options{Latency: 50 * time.Millisecond}, 10, 1, true},
		{"limit-halved/time", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond}, 100, 1, true},
		{"two-processes/requests", simulator.Options{Latency: 50 * time.Millisecond}, 10, 2, false},
		{"two-processes/time", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond}, 100, 2, false},
	} {
		b.Run(tc.name, func(b *testing.B) {
			for range b.N {
				newRun(b, tc.options, tc.rows, tc.clients).measure(tc.halve)
			}
		})
	}
}

// run is a simulator under as much load as the clients' controllers let through.
type run struct {
	b       *testing.B
	server  *simulator.Server
	url     string
	rows    int
	ids     []string
	clients []*dynamics.Client
}

const (
	benchContacts = 20000
	benchWorkers  = 40
	benchWindows  = 4
)

func newRun(b *testing.B, o simulator.Options, rows, clients int) *run {
	o.Contacts, o.TimeScale, o.Columns = benchContacts, controllerScale, []string{"vipstatus:string:100"}
	server, err := simulator.New(o)
	require.NoError(b, err)
	web := httptest.NewServer(server)
	b.Cleanup(web.Close)
	r := &run{b: b, server: server, url: web.URL, rows: rows}
	r.ids = strings.Fields(fetch(b, web.URL+"/_simulator/contacts"))
	for range clients {
		c, err := dynamics.New(config(func(c *dynamics.Config) { c.Environment = web.URL }))
		require.NoError(b, err)
		r.clients = append(r.clients, c)
	}
	return r
}

// measure runs for some windows and reports what was reached of what was allowed in them.
func (r *run) measure(halve bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var group sync.WaitGroup
	for _, c := range r.clients {
		for w := range benchWorkers {
			group.Go(func() { r.work(ctx, c, w) })
		}
	}
	window := nominalWindow / controllerScale
	before := r.server.Stats()
	if halve {
		time.Sleep(2 * window)
		r.halveLimits()
		time.Sleep(2 * window) // to find the new limit
		before = r.server.Stats()
	}
	for range benchWindows {
		time.Sleep(window)
		s := r.server.Stats()
		l := r.clients[0].Limits()
		r.b.Logf("%4.0f s: %d requests, %d rows, throttled %v, early %d; %+v", s.Seconds, s.Requests, s.RowsWritten, s.Throttled, s.EarlyRetries, l)
	}
	after := r.server.Stats()
	cancel()
	group.Wait()
	reached := float64(after.RowsWritten-before.RowsWritten) / (after.Seconds - before.Seconds)
	refused := float64(after.ByStatus[429]-before.ByStatus[429]) / float64(after.Requests-before.Requests)
	r.b.ReportMetric(100*reached / *after.Allowed.RowsPerSecond, "%achieved")
	r.b.ReportMetric(100*refused, "%refused")
	r.b.ReportMetric(float64(after.EarlyRetries), "early")
	r.b.ReportMetric(reached, "rows/s")
	r.b.ReportMetric(0, "ns/op")
}

const nominalWindow = 300 * time.Second

func (r *run) work(ctx context.Context, c *dynamics.Client, w int) {
	rng := rand.New(rand.NewPCG(1, uint64(w)))
	var n atomic.Int64
	for ctx.Err() == nil {
		rows := make([]dynamics.Update, r.rows)
		at := rng.IntN(len(r.ids) - r.rows)
		for i := range rows {
			rows[i] = dynamics.Update{ContactID: r.ids[at+i], Values: []dynamics.Assignment{{Column: &status, Value: text(fmt.Sprint("v", n.Add(1)))}}}
		}
		if _, err := c.Update(ctx, rows); err != nil {
			wait(ctx, err)
		}
	}
}

// wait does what an activity does between two attempts.
func wait(ctx context.Context, err error) {
	pause := time.Second
	var e *dynamics.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		pause = e.RetryAfter
	}
	select {
	case <-time.After(pause):
	case <-ctx.Done():
	}
}

func (r *run) halveLimits() {
	resp, err := http.Post(r.url+"/_simulator/limits", "application/json", strings.NewReader(`{"requests":3000,"seconds":600}`))
	require.NoError(r.b, err)
	require.Equal(r.b, http.StatusOK, resp.StatusCode)
	require.NoError(r.b, resp.Body.Close())
}
