package dynamics

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func inFlight(l *limiter) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight
}

// drive sends with so many workers for a while against a server that takes service for each
// request, and gives how many were served in the last window.
func drive(t *testing.T, l *limiter, workers int, service func(inFlight int) time.Duration, admit func() *failure, span, window time.Duration) (rate float64) {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	var counted atomic.Int64
	done := make(chan struct{})
	for range workers {
		go func() {
			defer func() { done <- struct{}{} }()
			for ctx.Err() == nil {
				permit, err := l.acquire(ctx, writeCall)
				if err != nil {
					time.Sleep(time.Second)
					continue
				}
				if fail := admit(); fail != nil {
					permit.release(&response{}, fail)
					continue
				}
				time.Sleep(service(inFlight(l)))
				permit.release(served(""), nil)
				if time.Since(begun) > span-window {
					counted.Add(1)
				}
			}
		}()
	}
	for range workers {
		<-done
	}
	return float64(counted.Load()) / window.Seconds()
}

func TestConcurrencyFindsTheKneeOfTheLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(52)
		const parallel = 16
		service := func(inFlight int) time.Duration {
			return time.Duration(float64(100*time.Millisecond) * max(1, float64(inFlight)/parallel))
		}
		rate := drive(t, l, 60, service, func() *failure { return nil }, 5*time.Minute, time.Minute)
		require.InDelta(t, 160, rate, 16, "all that the server can do")
		require.InDelta(t, parallel, l.concurrency.limit, 4, "and no more in flight than that takes: "+fmt.Sprint(l.concurrency.limit))
	})
}

func TestConcurrencyFallsWhenTheServerTakesLessAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(52)
		begun := time.Now()
		service := func(inFlight int) time.Duration {
			parallel := 16.0
			if time.Since(begun) > time.Minute {
				parallel = 6
			}
			return time.Duration(float64(100*time.Millisecond) * max(1, float64(inFlight)/parallel))
		}
		rate := drive(t, l, 60, service, func() *failure { return nil }, 100*time.Second, 20*time.Second)
		require.InDelta(t, 6, l.concurrency.limit, 4, "found before the next quiet measurement, give or take one cut")
		require.InDelta(t, 60, rate, 8)
	})
}

func TestAHungRequestDoesNotKeepTheOthersWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(2)
		l.concurrency.stay() // by a cut, a quiet time, or after a hold
		hung := mustAcquire(t, t.Context(), l, writeCall)
		begun := time.Now()
		mustAcquire(t, t.Context(), l, writeCall).release(served(""), nil)
		require.Equal(t, hung.patience(), time.Since(begun))
		mustAcquire(t, t.Context(), l, writeCall).release(served(""), nil)
		require.Equal(t, hung.patience(), time.Since(begun), "at once as long as it hangs")
		other := mustAcquire(t, t.Context(), l, writeCall)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := l.acquire(ctx, writeCall)
		require.ErrorIs(t, err, context.DeadlineExceeded, "never more than the most")
		other.release(served(""), nil)
		hung.release(nil, nil)
	})
}

func TestSlownessOfOthersCausesNoRetreat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(8)
		begun := time.Now()
		service := func(int) time.Duration {
			if time.Since(begun) > time.Minute {
				return 300 * time.Millisecond
			}
			return 100 * time.Millisecond
		}
		drive(t, l, 20, service, func() *failure { return nil }, 100*time.Second, 20*time.Second)
		require.InDelta(t, 8, l.concurrency.limit, 1)
	})
}

func TestTheConcurrencyLimitIsTriedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 12
		l := newLimiter(52)
		refusals := 0
		var mu sync.Mutex
		admit := func() *failure {
			mu.Lock()
			defer mu.Unlock()
			if inFlight(l) > most {
				refusals++
				return refused(codeConcurrencyLimit, "Number of concurrent requests exceeded the limit of 12.", time.Second)
			}
			return nil
		}
		rate := drive(t, l, 60, func(int) time.Duration { return 500 * time.Millisecond }, admit, 20*time.Minute, 19*time.Minute)
		require.Greater(t, rate, 0.95*most/0.5)
		require.Less(t, refusals, 20*60*24/500)
	})
}

func TestPaceLearnsTheRequestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const allowed = 6000
		var sent []time.Time
		refusals := 0
		var mu sync.Mutex
		admit := func() *failure {
			mu.Lock()
			defer mu.Unlock()
			now := time.Now()
			for len(sent) > 0 && now.Sub(sent[0]) > nominalWindow {
				sent = sent[1:]
			}
			if len(sent) >= allowed {
				refusals++
				wait := (nominalWindow - now.Sub(sent[0])).Truncate(time.Second) + time.Second
				return refused(codeRequestLimit, "Number of requests exceeded the limit of 6000 over time window of 300 seconds.", wait)
			}
			sent = append(sent, now)
			return nil
		}
		l := newLimiter(52)
		rate := drive(t, l, 60, func(int) time.Duration { return 100 * time.Millisecond }, admit, 30*time.Minute, 20*time.Minute)
		require.Greater(t, rate, 0.95*20)
		require.Less(t, refusals, 36000/100, "less than one in a hundred")
	})
}

func TestALimitThatOurUseCannotHaveMetSlowsTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const message = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
		for _, tc := range []struct {
			requests  int
			ourselves bool
		}{{50, false}, {6000, true}} {
			l := newLimiter(52)
			for range tc.requests {
				permit := mustAcquire(t, t.Context(), l, writeCall)
				time.Sleep(10 * time.Millisecond)
				permit.release(served(""), nil)
			}
			mustAcquire(t, t.Context(), l, writeCall).release(&response{}, refused(codeRequestLimit, message, 200*time.Second))
			require.Equal(t, tc.ourselves, l.requests.met)
			require.Equal(t, !tc.ourselves, l.busy.met)
		}
	})
}
