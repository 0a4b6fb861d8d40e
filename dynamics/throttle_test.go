package dynamics_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func TestALongRetryAfterHoldsTheWholeDestination(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusTooManyRequests, "0x80072321", "Combined execution time of incoming requests exceeded limit of 1,200,000  milliseconds over time window of 300 seconds.")
	})
	c := f.client()
	results, err := c.Update(t.Context(), updates(3))
	e := errorOf(t, err, dynamics.Throttled, "0x80072321", "more server time", "wait 1m0s")
	require.InDelta(t, time.Minute, e.RetryAfter, float64(2*time.Second))
	for _, r := range results {
		require.Equal(t, dynamics.RowUnsent, r.State)
	}
	_, err = c.WhoAmI(t.Context())
	requireError(t, err, dynamics.Throttled)
	require.Len(t, f.requests(), 1, "nothing is sent meanwhile")
	limits := c.Limits()
	require.EqualValues(t, 1, limits.Refused)
	require.Greater(t, limits.Hold, 50*time.Second)
}

func TestAShortRetryAfterIsWaitedFor(t *testing.T) {
	var at []time.Time
	f := newFake(t, func(w http.ResponseWriter, r request) {
		if at = append(at, time.Now()); len(at) == 1 {
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "0x80072326", "Number of concurrent requests exceeded the limit of 52.")
			return
		}
		whoAmI(w, r)
	})
	_, err := f.client().WhoAmI(t.Context())
	require.NoError(t, err)
	require.GreaterOrEqual(t, at[1].Sub(at[0]), time.Second)
}

func TestARetryAfterOfAnUnavailableEnvironmentHoldsToo(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c := f.client()
	_, err := c.WhoAmI(t.Context())
	requireError(t, err, dynamics.Unavailable)
	_, err = c.WhoAmI(t.Context())
	require.Greater(t, errorOf(t, err, dynamics.Throttled).RetryAfter, time.Minute)
	require.Len(t, f.requests(), 1)
}
