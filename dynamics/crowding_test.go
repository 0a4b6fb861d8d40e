package dynamics

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crowdingCall is of a kind that takes long enough to meet the limit of execution time first.
var crowdingCall = call{op: "write", write: true, rows: 100}

// keepBusy has so many requests answered as fast as the limiter lets them, at a server that
// recommends a parallelism and takes service for each, by how many of ours are in flight.
func keepBusy(t *testing.T, l *limiter, hint string, span time.Duration, service func(inFlight int) time.Duration) (answered int) {
	t.Helper()
	end := time.Now().Add(span)
	mustAcquire(t, t.Context(), l, readCall).release(served(hint), nil) // it has asked for the columns
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			for time.Now().Before(end) {
				permit := mustAcquire(t, t.Context(), l, crowdingCall)
				mu.Lock()
				takes := service(inFlight(l))
				answered++
				mu.Unlock()
				time.Sleep(takes)
				permit.release(served(hint), nil)
			}
		})
	}
	all.Wait()
	return answered
}

// TestServersThatVaryKeepTheirParallelism: where answers take as long as they please, and some a
// multiple of that, nothing waits, and most of what is recommended is in flight. How much is a matter
// of luck with the first answers, so it is the mean of many.
func TestServersThatVaryKeepTheirParallelism(t *testing.T) {
	const seeds = 30
	var shares []float64
	for seed := range uint64(seeds) {
		synctest.Test(t, func(t *testing.T) {
			const hint, mean, span = 16, time.Second, 4 * time.Minute
			random, sum := rand.New(rand.NewPCG(1, seed)), time.Duration(0)
			l := newLimiter(DefaultConcurrency)
			answered := keepBusy(t, l, "16", span, func(int) time.Duration {
				took := time.Duration(float64(mean) * math.Exp(0.25*random.NormFloat64()))
				if random.IntN(50) == 0 {
					took *= 3
				}
				sum += took
				return took
			})
			most := hint * span.Seconds() / (sum.Seconds() / float64(answered))
			shares = append(shares, float64(answered)/most)
		})
	}
	slices.Sort(shares)
	sum := 0.0
	for _, share := range shares {
		sum += share
	}
	t.Logf("mean %.2f, least %.2f, median %.2f, most %.2f", sum/seeds, shares[0], shares[seeds/2], shares[seeds-1])
	require.Greater(t, sum/seeds, 0.75)
}

// TestFewRequestsWaitForThoseOfOthers: somebody else keeps the server half busy, so that only half
// of what it recommends is left. That is seen by the answers of a round or two.
func TestFewRequestsWaitForThoseOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, wasted := newLimiter(DefaultConcurrency), 0.0
		answered := keepBusy(t, l, "8", 2*time.Minute, func(inFlight int) time.Duration {
			crowd := math.Max(1, float64(inFlight+4)/8)
			wasted += crowd - 1
			return time.Duration(crowd * float64(time.Second))
		})
		require.Less(t, wasted, 10.0, "requests' time")
		require.GreaterOrEqual(t, answered, 400, "what is left is used")
	})
}

// TestAProbeCostsNoMoreThanItself: the other half of the server becomes free, and is found by
// single requests. It ends before how fast answers are in a quiet time is measured anew, with fewer.
func TestAProbeCostsNoMoreThanItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, begun := newLimiter(DefaultConcurrency), time.Now()
		keepBusy(t, l, "8", baseLife-time.Minute, func(inFlight int) time.Duration {
			others := 4
			if time.Since(begun) > time.Minute {
				others = 0
			}
			return time.Duration(math.Max(1, float64(inFlight+others)/8) * float64(time.Second))
		})
		require.EqualValues(t, 8, l.concurrency.limit)
	})
}

func TestWaitingIsToldFromVarying(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	varying := func() float64 { return math.Exp(0.25 * random.NormFloat64()) }
	alike := func() float64 { return 1 }
	learned := func(answer func() float64) *quietTime {
		q := &quietTime{}
		for n := range 8 {
			q.take(answer(), n)
		}
		q.learn()
		for range noiseOf {
			q.take(answer(), 8)
		}
		return q
	}
	t.Run("alike", func(t *testing.T) {
		q := learned(alike)
		q.take(1.125, 8)
		q.take(1, 8)
		assert.False(t, q.some(16), "one is by chance")
		q.take(1.125, 8)
		q.take(1.125, 8)
		assert.True(t, q.some(16))
		assert.False(t, q.some(3), "not all at once")
		assert.InDelta(t, 0.125, q.leastExcess, 1e-9)
		assert.False(t, q.tooMuch(), "little is lost")
		for range 5 {
			q.take(1.25, 8)
		}
		assert.True(t, q.tooMuch())
		assert.InDelta(t, 1.25, q.slow, 0.02)
		q.forgive()
		assert.False(t, q.tooMuch() || q.some(16))
	})
	t.Run("varying", func(t *testing.T) {
		q := learned(varying)
		for range 1000 {
			q.take(varying(), 8)
			require.False(t, q.tooMuch(), "nothing waits")
		}
		answers := 0
		for ; !q.tooMuch(); answers++ {
			q.take(2*varying(), 8)
		}
		assert.Less(t, answers, 10, "all wait")
	})
	t.Run("in the first answers", func(t *testing.T) { // the servers were full before all of them were sent
		q := &quietTime{}
		for n, took := range []float64{1, 1, 1, 1.25, 1.375, 1.5} {
			q.take(took, n)
		}
		q.learn()
		assert.InDelta(t, 1, q.median, 1e-9)
		assert.True(t, q.tooMuch())
	})
}
