package dynamics

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAStrayRefusalHoldsNobodyForLong: with next to nothing used a single request is refused, as for
// what others used. Whoever sends then, and however long his requests take, the client is idle for
// little longer than the Retry-After.
func TestAStrayRefusalHoldsNobodyForLong(t *testing.T) {
	const wait = 5 * time.Second
	send := func(t *testing.T, code, message string, priority, before, senders int, took time.Duration) {
		l, ctx := newLimiter(4), WithFlow(t.Context(), "run", priority)
		for range before {
			permit := mustAcquire(t, ctx, l, writeCall)
			time.Sleep(took / 8)
			permit.release(served("16"), nil)
		}
		mustAcquire(t, ctx, l, writeCall).release(&response{}, refused(code, message, wait))
		require.Less(t, longestIdle(ctx, l, senders, took), wait+10*time.Second)
	}
	for code, message := range map[string]string{codeRequestLimit: namesRequests, codeTimeLimit: namesTime} {
		for _, priority := range []int{backfill, usual, small} {
			for _, before := range []int{0, 1, 3, 10} {
				for _, took := range []time.Duration{20 * time.Millisecond, 300 * time.Millisecond, 3 * time.Second, 25 * time.Second} {
					for _, senders := range []int{1, 4, 8} {
						name := fmt.Sprintf("%s/priority %d/%d before/%s each/%d senders", code, priority, before, took, senders)
						t.Run(name, func(t *testing.T) {
							synctest.Test(t, func(t *testing.T) { send(t, code, message, priority, before, senders, took) })
						})
					}
				}
			}
		}
	}
}

// TestAnEstimateIsNotTold: what is in flight may take less than expected, and whoever waits then goes
// on at once, instead of coming back after as long as it might have taken.
func TestAnEstimateIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		l.busy.most, l.busy.filled = 0.01, time.Now().Add(-time.Minute)
		first := mustAcquire(t, t.Context(), l, writeCall) // two seconds, as far as expected: of 200
		went := make(chan error, 1)
		go func() {
			permit, err := l.acquire(t.Context(), writeCall)
			if err == nil {
				permit.release(served(""), nil)
			}
			went <- err
		}()
		synctest.Wait()
		begun := time.Now()
		first.release(served(""), nil)
		require.NoError(t, <-went)
		require.Less(t, time.Since(begun), time.Second)
	})
}

// longestIdle has each sender do ten requests and gives the longest time in which none was in flight.
func longestIdle(ctx context.Context, l *limiter, senders int, took time.Duration) (longest time.Duration) {
	var mu sync.Mutex
	inFlight, since := 0, time.Now()
	count := func(by int) {
		mu.Lock()
		defer mu.Unlock()
		if inFlight == 0 {
			longest = max(longest, time.Since(since))
		}
		inFlight += by
		since = time.Now()
	}
	send := func(n int) {
		unknown := call{op: opUpdate, write: true, rows: 1 << n} // one takes two seconds, as far as expected
		permit, err := l.acquire(ctx, unknown)
		for e := new(Error); errors.As(err, &e); permit, err = l.acquire(ctx, unknown) {
			time.Sleep(e.RetryAfter)
		}
		count(1)
		time.Sleep(took)
		permit.release(served("16"), nil)
		count(-1)
	}
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for n := range 10 {
				send(n)
			}
		})
	}
	all.Wait()
	return longest
}
