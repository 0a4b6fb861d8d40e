package dynamics_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

var errLeaseOver = errors.New("the lease is over")

// The process may be stopped anywhere on the way from the turn to the socket. Wherever the lease
// ends, the server gets no request that it could carry out, and the rows are known to be unsent;
// only after the last piece nobody knows.
func TestNothingIsSentOnceTheLeaseIsOver(t *testing.T) {
	rows := updates(500) // several pieces
	last := 0
	for allowed := 0; ; allowed++ {
		c := newContacts(t, never)
		asked := 0
		ctx := dynamics.WithLease(t.Context(), func() error {
			if asked++; asked > allowed {
				return errLeaseOver
			}
			return nil
		})
		results, err := c.client().Update(ctx, rows)
		if err == nil {
			require.Equal(t, last+1, asked, "only the last look finds that it was whole")
			last = asked
			require.Len(t, c.written, len(rows))
			break
		}
		require.ErrorIs(t, err, errLeaseOver)
		if slices.ContainsFunc(results, func(r dynamics.RowResult) bool { return r.State == dynamics.RowUnknown }) {
			last = max(last, allowed) // all of it was given
			continue
		}
		require.Empty(t, c.written, "the lease ended when it was asked for the %dth time", allowed+1)
		require.Zero(t, last, "from then on nothing is called unsent")
	}
	require.Greater(t, last, 3, "it is asked before each piece")
}

// The last piece of a large request goes to the socket before it is clear that it was the last.
// Whoever loses the lease just then has sent a whole request, and must not say otherwise.
func TestAWholeRequestIsNeverCalledUnsent(t *testing.T) {
	rows := updates(500)
	looks := 0
	all := newContacts(t, never)
	_, err := all.client().Update(dynamics.WithLease(t.Context(), func() error { looks++; return nil }), rows)
	require.NoError(t, err)

	c := newContacts(t, never)
	ctx := dynamics.WithLease(t.Context(), func() error {
		if looks--; looks > 0 {
			return nil
		}
		require.Eventually(t, func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			return len(c.written) == len(rows)
		}, time.Minute, time.Millisecond, "Dynamics has it all by then")
		return errLeaseOver
	})
	results, err := c.client().Update(ctx, rows)
	require.ErrorIs(t, err, errLeaseOver)
	for _, r := range results {
		require.Equal(t, dynamics.RowUnknown, r.State)
		require.False(t, r.Sent.IsZero())
	}
}

func TestTheLeaseIsAskedForAfterTheConnectionIsMade(t *testing.T) {
	c := newContacts(t, never)
	var dials atomic.Int32
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		dials.Add(1)
		return conn, err
	}, DisableKeepAlives: true}
	client := c.client(func(cfg *dynamics.Config) { cfg.Transport = transport })
	ctx := dynamics.WithLease(t.Context(), func() error {
		if dials.Load() > 1 { // the first one is to sign in
			return errLeaseOver
		}
		return nil
	})
	_, err := client.Update(ctx, updates(2))
	require.ErrorIs(t, err, errLeaseOver)
	require.Empty(t, c.written)
}

func TestReadsNeedNoLease(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		reply(w, `{"UserId":%q,"BusinessUnitId":%q,"OrganizationId":%q}`, contactID(1), contactID(2), contactID(3))
	})
	ctx := dynamics.WithLease(t.Context(), func() error { return errLeaseOver })
	_, err := f.client().WhoAmI(ctx)
	require.NoError(t, err)
}

// BenchmarkLookToSocket measures what is left between the last look at the lease and the last piece
// of a request going to the socket: the time in which a process that is stopped sends all the same,
// when it wakes.
func BenchmarkLookToSocket(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"token_type":"Bearer","expires_in":3599,"access_token":"token"}`)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("OData-Version", "4.0")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	var looked, gap atomic.Int64
	client, err := dynamics.New(config(func(c *dynamics.Config) {
		c.Environment = server.URL
		c.Transport = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return &timedConn{conn, &looked, &gap}, err
		}}
	}))
	require.NoError(b, err)
	ctx := dynamics.WithLease(b.Context(), func() error { looked.Store(time.Now().UnixNano()); return nil })
	rows, gaps := updates(500), make([]int64, 0, b.N)
	for b.Loop() {
		gap.Store(0)
		_, err := client.Update(ctx, rows)
		require.NoError(b, err)
		gaps = append(gaps, gap.Load())
	}
	slices.Sort(gaps)
	b.ReportMetric(float64(gaps[len(gaps)/2])/1e3, "median-µs")
	b.ReportMetric(float64(gaps[len(gaps)-1])/1e3, "longest-µs")
}

// timedConn notes the longest time from a look to the end of the write after it.
type timedConn struct {
	net.Conn
	looked, gap *atomic.Int64
}

func (c *timedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if looked := c.looked.Load(); looked != 0 { // signing in needs no lease
		c.gap.Store(max(c.gap.Load(), time.Now().UnixNano()-looked))
	}
	return n, err
}
