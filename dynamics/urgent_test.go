package dynamics

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
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
