package dynamics

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// TestAnUrgentFlowDoesNotWaitForABudgetThatOthersHaveSpent: a stream goes on behind a backfill that
// would take a whole window's budget at once, and the backfill takes what the stream leaves.
func TestAnUrgentFlowDoesNotWaitForABudgetThatOthersHaveSpent(t *testing.T) {
	for name, c := range map[string]struct {
		budget  int
		refused float64 // share, at most
	}{
		"as documented":         {6000, 0.01},
		"half is left":          {3000, 0.01},
		"most goes to somebody": {600, 0.05}, // what others leave is found by trying alone
	} {
		t.Run(name, func(t *testing.T) {
			budget := c.budget
			synctest.Test(t, func(t *testing.T) {
				windows, learning := 12, 2
				if testing.Short() && budget > 600 { // many requests, much to compute
					windows = 5
				}
				l, begun := newLimiter(52), time.Now()
				learned, end := begun.Add(time.Duration(learning)*nominalWindow), begun.Add(time.Duration(windows)*nominalWindow)
				var mu sync.Mutex
				grant, granted, refusals := granting(&budget), 0, 0
				send := func(key string, priority int) bool {
					permit, err := l.acquire(WithFlow(t.Context(), key, priority), writeCall)
					if err != nil {
						var e *Error
						require.ErrorAs(t, err, &e)
						time.Sleep(e.RetryAfter)
						return false
					}
					mu.Lock()
					fail := grant()
					if after := time.Now().After(learned); fail == nil && after {
						granted++
					} else if after {
						refusals++
					}
					mu.Unlock()
					time.Sleep(20 * time.Millisecond)
					if fail != nil {
						permit.release(&response{}, fail)
						return false
					}
					permit.release(served(""), nil)
					return true
				}
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() {
						for time.Now().Before(end) {
							send("file", 0)
						}
					})
				}
				var waits []time.Duration
				for time.Now().Before(end) {
					at := time.Now()
					for !send("stream", 1) {
					}
					if at.After(learned) {
						waits = append(waits, time.Since(at))
					}
					time.Sleep(2 * time.Second)
				}
				all.Wait()
				slices.Sort(waits)
				require.Less(t, waits[len(waits)*99/100], 30*time.Second)
				require.GreaterOrEqual(t, float64(granted), 0.9*float64(budget*(windows-learning)))
				require.LessOrEqual(t, float64(refusals), c.refused*float64(granted))
			})
		})
	}
}

// TestAStreamAtFourFifthsOfTheLimitKeepsUp: for an hour as much comes as takes four fifths of what
// is allowed, while a backfill takes all that it gets. Whoever meets the end of the first budget
// waits for its Retry-After; from then on what waits gets less, and at last nothing is older than
// seconds.
func TestAStreamAtFourFifthsOfTheLimitKeepsUp(t *testing.T) {
	for name, large := range map[string]int{"beside a backfill": backfill, "beside a usual run": usual} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := bounds[1] // requests of a hundred rows, bound by execution time
				o := b.options
				o.Servers = 1
				servers := simulator.NewServers(o, b.limits)
				client, l := &Client{}, newLimiter(DefaultConcurrency)
				client.limits = l.dispatcher
				begin := time.Now()
				end := begin.Add(time.Hour)
				var all sync.WaitGroup
				for range DefaultConcurrency + 8 {
					all.Go(func() {
						for time.Now().Before(end) {
							serveAs(t, flowID{"large", large}, client, l, servers, "0", b.rows)
						}
					})
				}
				var mu sync.Mutex
				var early, late []time.Duration // ages, in the first half and in the second one
				every := time.Duration(float64(time.Second) / (0.8 * *servers.Allowed(b.rows).RequestsPerSecond))
				for time.Now().Before(end) {
					at := time.Now()
					all.Go(func() {
						serveAs(t, flowID{"stream", small}, client, l, servers, "0", b.rows)
						mu.Lock()
						defer mu.Unlock()
						if at.Sub(begin) < 30*time.Minute {
							early = append(early, time.Since(at))
						} else {
							late = append(late, time.Since(at))
						}
					})
					time.Sleep(every)
				}
				all.Wait()
				slices.Sort(late)
				t.Logf("oldest %.0f s in the first half hour; in the second one %.1f s at the median, p99 %.1f s, oldest %.1f s",
					slices.Max(early).Seconds(), late[len(late)/2].Seconds(), late[len(late)*99/100].Seconds(), late[len(late)-1].Seconds())
				require.LessOrEqual(t, slices.Max(early), nominalWindow)
				require.LessOrEqual(t, late[len(late)-1], 30*time.Second)
			})
		})
	}
}
