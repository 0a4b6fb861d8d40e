package dynamics

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// Priorities of flows, as runs have them by their contacts.
const (
	backfill = -1 // 100,000 and more
	usual    = 0
	small    = 1 // 5,000 and less
)

// besideSmallRuns has a run of so many windows of what one server allows done with this priority,
// and every now and then a small one of 200 rows (0: none). It gives what the large run took, and
// the small ones that began after the first window.
func besideSmallRuns(t *testing.T, windows float64, priority int, every time.Duration) (took time.Duration, smallOnes []time.Duration) {
	b := bounds[1] // requests of a hundred rows, bound by execution time
	synctest.Test(t, func(t *testing.T) {
		o := b.options
		o.Servers = 1
		servers := simulator.NewServers(o, b.limits)
		client, l := &Client{}, newLimiter(DefaultConcurrency)
		client.limits = l.dispatcher
		var left atomic.Int64
		left.Store(int64(windows * *servers.Allowed(b.rows).RequestsPerSecond * nominalWindow.Seconds()))
		begin, done := time.Now(), make(chan struct{})
		var large, others sync.WaitGroup
		for range DefaultConcurrency + 8 {
			large.Go(func() {
				for left.Add(-1) >= 0 {
					serveAs(t, flowID{"large", priority}, client, l, servers, "0", b.rows)
				}
			})
		}
		others.Go(func() {
			for n := 0; every > 0; n++ {
				select {
				case <-done:
					return
				case <-time.After(every):
				}
				at := time.Now()
				for range 2 {
					serveAs(t, flowID{"small " + strconv.Itoa(n), small}, client, l, servers, "0", b.rows)
				}
				if at.Sub(begin) > nominalWindow { // how large a budget is shows when the first one is spent
					smallOnes = append(smallOnes, time.Since(at))
				}
			}
		})
		large.Wait()
		took = time.Since(begin)
		close(done)
		others.Wait()
		require.Zero(t, servers.Stats().EarlyRetries)
	})
	slices.Sort(smallOnes)
	return took, smallOnes
}

// TestASmallRunFindsItsPartOfASpentBudget: it is done within seconds, whenever it begins, and what
// that costs a backfill is little.
func TestASmallRunFindsItsPartOfASpentBudget(t *testing.T) {
	for _, c := range []struct {
		windows float64
		every   time.Duration // 460 s: some begin when a budget is spent, and nobody was urgent before
	}{{5, 460 * time.Second}, {5, 37 * time.Second}, {5.5, 37 * time.Second}} {
		once, _ := besideSmallRuns(t, c.windows, usual, 0)
		alone, _ := besideSmallRuns(t, c.windows, backfill, 0)
		took, smallOnes := besideSmallRuns(t, c.windows, backfill, c.every)
		longest := smallOnes[len(smallOnes)-1]
		t.Logf("%v windows: %.0f s with nothing reserved, %.0f s as a backfill, and %.0f s beside %d small runs, which take %.1f s at the median, %.1f s at most",
			c.windows, once.Seconds(), alone.Seconds(), took.Seconds(), len(smallOnes), smallOnes[len(smallOnes)/2].Seconds(), longest.Seconds())
		require.LessOrEqual(t, longest, 15*time.Second)
		// what the small runs take has to be done, too, and begins the next window
		least := max(once, time.Duration(float64(nominalWindow)*c.windows))
		require.LessOrEqual(t, took.Seconds(), 1.05*least.Seconds())
	}
}
