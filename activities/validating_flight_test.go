package activities

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store"
)

// TestWhatIsInFlightIsNotJudged: Dynamics has the names that a batch has sent, its answer was lost,
// and the ledger learns of them only when somebody has read them back. A validation that meets this
// waits; it does not say mismatch.
func TestWhatIsInFlightIsNotJudged(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]int{"contacts of the ledger": 10, "contacts that the ledger does not know": 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 10)
			a := w.activation(w.everyone()[:first]...)
			w.activate("first", a)
			w.loseAnswer()

			pauses := 0
			w.validating.pause = func(ctx context.Context, _ time.Duration) error {
				if pauses++; pauses == 3 {
					out, err := w.update(1)
					require.NoError(t, err)
					require.EqualValues(t, 10, out.Activated)
				}
				return ctx.Err()
			}
			v := w.validate(a, "v1")
			require.Equal(t, runs.VerdictMatch, v.Verdict, "%+v", v)
			require.Zero(t, v.Unexpected)
			require.Equal(t, 3, pauses)
			after := w.validateAfter("first", a, "v2")
			require.Equal(t, runs.VerdictMatch, after.Verdict, "%+v", after)
		})
	}
}

// TestADifferenceIsNotWaitedForWithoutEnd: a batch that nobody takes up holds its contacts for
// good.
func TestADifferenceIsNotWaitedForWithoutEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 10)
	a := w.activation(w.everyone()...)
	w.activate("first", a)
	w.loseAnswer()
	var waited time.Duration
	w.validating.pause = func(ctx context.Context, d time.Duration) error {
		waited += d
		return ctx.Err()
	}
	v := w.validate(a, "v1")
	require.Equal(t, runs.VerdictMismatch, v.Verdict)
	require.EqualValues(t, 10, v.Mismatched)
	require.Equal(t, flightLook*flightLooks, waited)
}

// loseAnswer sends a batch that changes all contacts, whose answer is lost and whose attempt cannot
// read them back.
func (w *world) loseAnswer() {
	w.t.Helper()
	answered := w.options.Destination.Client
	transport := w.transport()
	w.options.Destination.Client = w.client(deaf{transport, func(r *http.Request) (*http.Response, error) {
		resp, err := transport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		require.NoError(w.t, resp.Body.Close())
		return nil, io.ErrUnexpectedEOF
	}})
	w.connect()
	lines := w.everyone()
	for i := range lines {
		lines[i] = w.ids[i] + ",New,exited"
	}
	w.plan(w.activation(lines...))
	w.fault(simulator.Fault{Kind: "status", Status: 503, Match: "GET /api/data/v9.2/contacts", Count: 1})
	_, err := w.update(1)
	require.Error(w.t, err)
	require.NoError(w.t, w.options.Store.ExtendLease(w.t.Context(), store.BatchRef{Run: testRun, Batch: 1}, 1, 0))
	w.options.Destination.Client = answered
	w.connect()
}
