package dynamics_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
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
	var spans []string
	c := f.client(func(cfg *dynamics.Config) {
		cfg.Observe = func(e dynamics.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			require.Positive(t, e.Took)
			require.Equal(t, e.Status == http.StatusTooManyRequests, e.RequestID != "", "of what Microsoft's support may be asked for")
			e.Took, e.RequestID = 0, ""
			seen = append(seen, e)
		}
		cfg.Trace = func(ctx context.Context, began dynamics.Exchange) (context.Context, func(dynamics.Exchange)) {
			return ctx, func(ended dynamics.Exchange) {
				mu.Lock()
				defer mu.Unlock()
				spans = append(spans, fmt.Sprintf("%s: %d %s", began.Kind, ended.Status, ended.Code))
			}
		}
	})
	host := strings.TrimPrefix(f.URL, "http://")
	who := dynamics.Exchange{Kind: "ask who am I", Method: http.MethodGet, Host: host}
	refused, answered := who, who
	refused.Status, refused.Code, answered.Status = 429, "0x80072326", 200
	_, err := c.WhoAmI(t.Context())
	require.NoError(t, err)
	require.Equal(t, []dynamics.Exchange{{Kind: "sign in", Method: http.MethodPost, Host: host, Status: 200}, refused, answered}, seen)
	require.InDelta(t, time.Second, c.Limits().Held, float64(100*time.Millisecond), "the whole Retry-After has passed")
	require.Zero(t, c.Limits().Hold)

	f.CloseClientConnections()
	f.Close()
	_, err = c.WhoAmI(t.Context())
	require.Error(t, err)
	require.Contains(t, []string{"cut", "refused"}, seen[3].Code, "whether the end of the connection has been seen")
	require.Equal(t, []string{"sign in: 200 ", "ask who am I: 429 0x80072326", "ask who am I: 200 ", "ask who am I: 0 " + seen[3].Code}, spans)
	seen[3].Code = ""
	require.Equal(t, who, seen[3], "no answer")
}
