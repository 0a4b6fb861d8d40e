package dynamics

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"audienceflow/dynamics/simulator"
)

// bound is a way in which a destination limits its clients.
type bound struct {
	name    string
	options simulator.Options // of one server
	limits  func(*simulator.Limits)
	rows    int // in each request
}

// bounds are one for each limit. In the last two no budget of a window is met.
var bounds = []bound{
	{"requests", simulator.Options{Latency: 50 * time.Millisecond}, nil, 1},
	{"time", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond}, nil, 100},
	{"time, long requests", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond}, nil, 1000},
	{"concurrency", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond, Parallelism: 16},
		func(l *simulator.Limits) { l.Concurrency, l.Seconds = 12, 12_000 }, 100},
	{"parallelism", simulator.Options{Latency: 300 * time.Millisecond, RowLatency: 10 * time.Millisecond, Parallelism: 2}, nil, 100},
}

// sizesOfJobs are in windows of what is allowed in the long run.
var sizesOfJobs = []float64{0.1, 0.5, 0.9, 1, 1.5, 2, 5}

// cell is one job at one destination, done by so many processes that know nothing of each other.
type cell struct {
	bound     bound
	servers   int
	processes int
	windows   float64
}

// measured is what became of a cell.
type measured struct {
	cell
	requests   int
	least      time.Duration
	took       time.Duration
	refused    int
	early      int
	inFlight   int // that the servers bear at a time
	budgetEnds int
	writing    WriteTime
}

func (c cell) String() string {
	return fmt.Sprintf("%s/%d servers/%d processes/%v windows", c.bound.name, c.servers, c.processes, c.windows)
}

// start is what the start of a job may take beside the least time: a small one is over before
// anything is known of the servers.
const start = 5 * time.Second

// ratio is the time taken over the least.
func (m measured) ratio() float64 {
	took := m.took
	if m.windows < 0.5 {
		took = max(m.least, took-start)
	}
	return took.Seconds() / m.least.Seconds()
}

// refusable is how many refusals are tolerable: one in two hundred requests, or one for each in
// flight when a budget ends.
func (m measured) refusable() int {
	return int(math.Max(0.005*float64(m.requests), float64(m.inFlight*m.budgetEnds)))
}

// measure does the job in virtual time.
func (c cell) measure(t *testing.T) measured {
	o := c.bound.options
	o.Servers = c.servers
	m := measured{cell: c}
	synctest.Test(t, func(t *testing.T) {
		servers := simulator.NewServers(o, c.bound.limits)
		allowed := *servers.Allowed(c.bound.rows).RequestsPerSecond
		m.requests = int(math.Round(c.windows * allowed * nominalWindow.Seconds()))
		m.least = servers.Least(m.requests, c.bound.rows)
		begin := time.Now()
		var left atomic.Int64
		left.Store(int64(m.requests - c.processes)) // asking counts, too
		var group sync.WaitGroup
		client := &Client{} // keeps what writing takes
		for n := range c.processes {
			l := newLimiter(DefaultConcurrency)
			client.limits = l.dispatcher
			group.Go(func() {
				serve(t, client, l, servers, strconv.Itoa(n), 0) // the columns, before anything is written
				// Who waits has a request of the job already: nobody has more than his part of a small one.
				for range min(DefaultConcurrency+8, m.requests/c.processes) {
					group.Go(func() {
						for left.Add(-1) >= 0 {
							serve(t, client, l, servers, strconv.Itoa(n), c.bound.rows)
						}
					})
				}
			})
		}
		group.Wait()
		m.took = time.Since(begin)
		s := servers.Stats()
		m.refused, m.early = s.ByStatus[http.StatusTooManyRequests], s.EarlyRetries
		m.inFlight = servers.Limits().Parallelism * c.servers
		m.budgetEnds = int(math.Ceil(c.windows))
		m.writing = client.TakeWriteTime()
	})
	return m
}

// serve gets one request answered, as a client does it.
func serve(t *testing.T, client *Client, l *limiter, servers *simulator.Servers, process string, rows int) {
	serveAs(t, flowID{}, client, l, servers, process, rows)
}

// serveAs does so for a flow.
func serveAs(t *testing.T, f flowID, client *Client, l *limiter, servers *simulator.Servers, process string, rows int) {
	ctx := WithFlow(t.Context(), f.key, f.priority)
	for {
		permit, err := l.acquire(ctx, call{op: "write", write: true, rows: rows})
		if err != nil {
			var held *Error
			if !errors.As(err, &held) {
				t.Error(err)
				return
			}
			time.Sleep(held.RetryAfter)
			continue
		}
		began := time.Now()
		a := servers.Serve(process, rows)
		if a.Code == "" {
			client.wrote(rows, time.Since(began))
			permit.release(&response{status: http.StatusNoContent, header: a.Header}, nil)
			return
		}
		permit.release(&response{status: http.StatusTooManyRequests}, refused(a.Code, a.Message, a.RetryAfter))
	}
}
