package activities

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/activities/lease"
	"audienceflow/dynamics"
	"audienceflow/store"
)

// sleeper lets a process stop at the moment when it is about to send its first update, and wakes it
// when done is.
type sleeper struct {
	http.RoundTripper
	once sync.Once
	done func()
}

func (s *sleeper) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "UpdateMultiple") {
		s.once.Do(s.done) // the others wait: all of the process is stopped
	}
	return s.RoundTripper.RoundTrip(r)
}

// client signs in to the world's simulator by a transport of its own.
func (w *world) client(transport http.RoundTripper) *dynamics.Client {
	w.t.Helper()
	client, err := dynamics.New(dynamics.Config{
		Environment: w.sim.URL, Authority: w.sim.URL, TenantID: "11111111-1111-1111-1111-111111111111", ClientID: "client", Prefix: "acme",
		Secret: func() (string, error) { return "secret", nil }, Transport: transport,
	})
	require.NoError(w.t, err)
	return client
}

func TestAWorkerThatWasStoppedSendsNothingOfWhatAnotherHasSent(t *testing.T) {
	t.Parallel()
	for name, clock := range map[string]struct{ running, calendar time.Duration }{
		"SIGSTOP":                          {3 * time.Minute, 3 * time.Minute},
		"a suspended system":               {3 * time.Minute, 0},
		"a clock that stands in a suspend": {0, 3 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 120)
			w.plan(w.activation(w.everyone()...))
			other := *w
			other.connect()

			var stopped atomic.Bool
			w.options.clock = func() lease.Instant {
				if stopped.Load() {
					return lease.Instant{Running: clock.running, Calendar: clock.calendar}
				}
				return lease.Instant{}
			}
			w.options.Destination.Client = w.client(&sleeper{RoundTripper: w.transport(), done: func() {
				// Its lease ends while it is stopped, and another takes the batch over.
				require.NoError(t, w.options.Store.ExtendLease(t.Context(), store.BatchRef{Run: testRun, Batch: 1}, 1, 0))
				out, err := other.update(1)
				require.NoError(t, err)
				require.EqualValues(t, 120, out.Activated)
				stopped.Store(true)
			}})
			w.connect()
			_, err := w.update(1)
			var app *temporal.ApplicationError
			require.ErrorAs(t, err, &app)
			require.Equal(t, ErrAttemptLost, app.Type())
			require.False(t, app.NonRetryable())
			w.writtenOnce(w.ids)
		})
	}
}

func TestAWorkerThatWasStoppedGoesOnWhenNobodyHasTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 120)
	w.plan(w.activation(w.everyone()...))
	var now atomic.Int64
	w.options.clock = func() lease.Instant { return lease.Instant{Running: time.Duration(now.Load())} }
	w.options.Destination.Client = w.client(&sleeper{RoundTripper: w.transport(), done: func() { now.Add(int64(time.Hour)) }})
	w.connect()
	_, err := w.update(1)
	if err != nil { // it has not prolonged its lease before it looked
		require.ErrorContains(t, err, lease.ErrOver.Error())
		_, err = w.update(1)
	}
	require.NoError(t, err)
	w.writtenOnce(w.ids)
}

func TestALeaseLeavesRoomForAWholeRequest(t *testing.T) {
	t.Parallel()
	d := Destination{RequestTimeout: time.Minute}
	var now lease.Instant
	l := lease.New(func() lease.Instant { return now }, d.lease(), d.requestLasts())
	require.ErrorIs(t, l.Check(), lease.ErrOver, "before there is one")
	l.Extended(now)
	now = now.Plus(d.lease() - d.requestLasts() - 1)
	require.NoError(t, l.Check())
	now = now.Plus(1)
	require.ErrorIs(t, l.Check(), lease.ErrOver)
}
