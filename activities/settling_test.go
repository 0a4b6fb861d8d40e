package activities

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
	"audienceflow/store"
)

// deaf lets the first updates lose their answer while the server goes on working on them.
type deaf struct {
	http.RoundTripper
	lose func(*http.Request) (*http.Response, error)
}

func (d deaf) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "UpdateMultiple") && d.lose != nil {
		return d.lose(r)
	}
	return d.RoundTripper.RoundTrip(r)
}

// TestNothingIsSentAgainWhileDynamicsMayWorkOnIt: the server works for longer than the client waits
// for it.
func TestNothingIsSentAgainWhileDynamicsMayWorkOnIt(t *testing.T) {
	t.Parallel()
	const work, limit = 2, 4 * time.Second
	for name, tc := range map[string]struct {
		timeout time.Duration
		reads   simulator.Fault // what happens to the first look at what became of it
	}{
		"the client's time-out":                 {300 * time.Millisecond, simulator.Fault{}},
		"and Dynamics cannot be read meanwhile": {300 * time.Millisecond, simulator.Fault{Kind: "status", Status: 503, Match: "GET /api/data/v9.2/contacts", Count: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 120)
			w.options.Destination.ServerTimeout = limit
			w.plan(w.activation(w.everyone()...))
			var sent atomic.Int64
			transport := w.transport()
			client, err := dynamics.New(dynamics.Config{
				Environment: w.sim.URL, Authority: w.sim.URL, TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client",
				Secret: func() (string, error) { return "secret", nil }, RequestTimeout: tc.timeout,
				Transport: deaf{transport, func(r *http.Request) (*http.Response, error) {
					sent.Add(1)
					return transport.RoundTrip(r)
				}},
			})
			require.NoError(t, err)
			w.options.Destination.Client, w.options.Destination.RequestTimeout = client, tc.timeout
			w.connect()
			w.fault(simulator.Fault{Kind: "hang", Match: "UpdateMultiple", Seconds: work, Count: 3})
			if tc.reads.Kind != "" {
				w.fault(tc.reads)
			}
			out, err := w.update(1)
			for err != nil {
				var app *temporal.ApplicationError
				require.ErrorAs(t, err, &app)
				require.False(t, app.NonRetryable())
				out, err = w.update(1)
			}
			require.EqualValues(t, 120, out.Activated)
			require.Eventually(t, func() bool { return int64(w.sim.Server.Stats().ByKind["UpdateMultiple"]) == sent.Load() },
				time.Minute, 10*time.Millisecond, "the server has worked on all that was sent to it")
			w.writtenOnce(w.ids)
		})
	}
}

// TestAnAttemptThatCouldNotLookLeavesTheBatchForAsLongAsItMust: what its request may still do
// bounds the next attempt's wait, not when the attempt was last heard of.
func TestAnAttemptThatCouldNotLookLeavesTheBatchForAsLongAsItMust(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	w.options.Destination.ServerTimeout = time.Hour
	transport := w.transport()
	w.options.Destination.Client = w.client(deaf{transport, func(r *http.Request) (*http.Response, error) {
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		require.NoError(t, resp.Body.Close())
		return nil, io.ErrUnexpectedEOF
	}})
	w.connect()
	w.plan(w.activation(w.everyone()...))
	w.fault(simulator.Fault{Kind: "status", Status: 503, Match: "GET /api/data/v9.2/contacts", Count: 1})
	before := time.Now()
	_, err := w.update(1)
	require.Error(t, err)
	open, err := w.options.Store.OpenBatches(t.Context(), "dynamics", "")
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.InDelta(t, time.Hour+sendMargin, open[0].LeaseLeft+time.Since(before), float64(5*time.Second))

	require.NoError(t, w.options.Store.ExtendLease(t.Context(), store.BatchRef{Run: testRun, Batch: 1}, 1, 0))
	w.fault(simulator.Fault{Kind: "status", Status: 503, Match: "GET /api/data/v9.2/contacts", Count: 1})
	_, err = w.update(1)
	require.Error(t, err, "it cannot look either")
	open, err = w.options.Store.OpenBatches(t.Context(), "dynamics", "")
	require.NoError(t, err)
	require.Less(t, open[0].LeaseLeft, time.Minute, "it has sent nothing itself")

	out, err := w.update(1)
	require.NoError(t, err)
	require.EqualValues(t, 10, out.Activated)
	w.writtenOnce(w.ids)
}
