package dynamics_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
)

func TestEveryRequestIsObserved(t *testing.T) {
	answers := 0
	f := newFake(t, func(w http.ResponseWriter, r request) {
		if answers++; answers == 1 {
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusTooManyRequests, "0x80072326", "Number of concurrent requests exceeded the limit of 52.")
			return
		}
		whoAmI(w, r)
	})
	var mu sync.Mutex
	var seen []dynamics.Exchange
	c := f.client(func(cfg *dynamics.Config) {
		cfg.Observe = func(e dynamics.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			require.Positive(t, e.Took)
			e.Took = 0
			seen = append(seen, e)
		}
	})
	_, err := c.WhoAmI(t.Context())
	require.NoError(t, err)
	require.Equal(t, []dynamics.Exchange{{Kind: "sign in", Status: 200}, {Kind: "ask who am I", Status: 429}, {Kind: "ask who am I", Status: 200}}, seen)
	require.InDelta(t, time.Second, c.Limits().Held, float64(100*time.Millisecond), "the whole Retry-After has passed")
	require.Zero(t, c.Limits().Hold)

	f.CloseClientConnections()
	f.Close()
	_, err = c.WhoAmI(t.Context())
	require.Error(t, err)
	require.Equal(t, dynamics.Exchange{Kind: "ask who am I"}, seen[3], "no answer")
}
