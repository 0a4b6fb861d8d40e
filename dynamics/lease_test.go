package dynamics_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

var errLeaseOver = errors.New("the lease is over")

// The process may be stopped anywhere on the way from the turn to the socket. Wherever the lease ends, the server gets no
// request that it could carry out, and the rows are known to be unsent.
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
			last = asked
			require.Len(t, c.written, len(rows))
			break
		}
		require.ErrorIs(t, err, errLeaseOver)
		require.Empty(t, c.written, "the lease ended when it was asked for the %dth time", allowed+1)
		for _, r := range results {
			require.Equal(t, dynamics.RowUnsent, r.State)
		}
	}
	require.Greater(t, last, 3, "it is asked before each piece")
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
