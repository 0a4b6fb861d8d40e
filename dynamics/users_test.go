package dynamics

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pair is the limiters of two users.
func pair(most int) (a, b *limiter) {
	a, b = newLimiter(most), newLimiter(most)
	newDispatcher(a, b)
	return a, b
}

func TestRequestsGoToTheUserWithTheMostLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		for range 100 {
			mustAcquire(t, t.Context(), a, writeCall).release(served(""), nil)
		}
		require.EqualValues(t, 50, a.stats.Sent)
		require.EqualValues(t, 50, b.stats.Sent)

		a.requests.used.add(time.Now(), 200) // by whatever
		for range 300 {
			mustAcquire(t, t.Context(), a, writeCall).release(served(""), nil)
		}
		require.InDelta(t, 100, a.stats.Sent, 1)
		require.InDelta(t, 300, b.stats.Sent, 1)

		a.busy.used.add(time.Now(), 600) // half of its time, however few requests that were
		for range 100 {
			mustAcquire(t, t.Context(), a, writeCall).release(served(""), nil)
		}
		require.InDelta(t, 100, a.stats.Sent, 1)
		require.InDelta(t, 400, b.stats.Sent, 1)
	})
}

func TestThoseInFlightCountAsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		for range 4 {
			mustAcquire(t, t.Context(), a, writeCall)
		}
		require.Equal(t, 2, a.inFlight)
		require.Equal(t, 2, b.inFlight)
	})
}

func TestAHeldUserIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		begun := time.Now()
		first := mustAcquire(t, t.Context(), a, writeCall)
		require.Same(t, a, first.limiter)
		first.release(&response{}, refused(codeRequestLimit, "", 90*time.Second))
		for range 20 {
			permit := mustAcquire(t, t.Context(), a, writeCall)
			require.Same(t, b, permit.limiter)
			permit.release(served(""), nil)
		}
		require.Equal(t, begun, time.Now(), "nothing waited")
		require.Zero(t, a.limits().Held, "a user that is held holds nothing back")
		time.Sleep(90 * time.Second)
		require.Same(t, a, mustAcquire(t, t.Context(), a, writeCall).limiter, "it has used less than the other")
	})
}

func TestWhereAllUsersAreHeldTheLeastWaitCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		hold := func(l *limiter, wait time.Duration) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.hold(time.Now(), wait)
		}
		hold(a, 90*time.Second)
		hold(b, 7*time.Second)
		begun := time.Now()
		permit := mustAcquire(t, t.Context(), a, writeCall)
		require.Same(t, b, permit.limiter)
		require.Equal(t, 7*time.Second, time.Since(begun))
		require.Equal(t, 7*time.Second, a.limits().Held, "while both were held")
		waiting := make(chan error, 1)
		go func() {
			_, err := a.acquire(t.Context(), writeCall)
			waiting <- err
		}()
		synctest.Wait()
		b.concurrency.limit = 1
		permit.release(&response{}, refused(codeRequestLimit, "", 60*time.Second))
		require.NoError(t, <-waiting, "it had its permit before")

		var e *Error
		_, err := a.acquire(t.Context(), writeCall)
		require.ErrorAs(t, err, &e, "a long wait is told at once")
		require.True(t, e.Throttled())
		require.Equal(t, 60*time.Second, e.RetryAfter, "the least")
		require.Equal(t, begun.Add(7*time.Second), time.Now())
		require.Equal(t, 60*time.Second, a.limits().Hold)
		time.Sleep(time.Hour)
		require.Equal(t, 67*time.Second, a.limits().Held, "never more than the time that has passed")
	})
}

func TestAUserAtItsConcurrencyIsWaitedForWithoutAWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(1)
		mustAcquire(t, t.Context(), a, writeCall).release(&response{}, refused(codeRequestLimit, "", 90*time.Second))
		busy := mustAcquire(t, t.Context(), a, writeCall)
		require.Same(t, b, busy.limiter)
		got := make(chan *permit, 1)
		go func() {
			permit, err := a.acquire(t.Context(), writeCall)
			if err == nil {
				got <- permit
			}
		}()
		time.Sleep(3 * time.Second)
		busy.release(served(""), nil)
		require.Same(t, b, (<-got).limiter)
	})
}

// climb lets all users of a limiter climb to the parallelism that answers recommend.
func climb(t *testing.T, l *limiter, hint string) {
	for range 50 {
		permit := mustAcquire(t, t.Context(), l, writeCall)
		time.Sleep(time.Second)
		permit.release(served(hint), nil)
	}
}

func TestTheRecommendedParallelismIsForAllUsersTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		climb(t, a, "10")
		inFlight := func() int {
			for {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				_, err := a.acquire(ctx, writeCall)
				cancel()
				if err != nil {
					return a.limits().InFlight
				}
			}
		}
		require.Equal(t, 10, inFlight())
		require.Equal(t, 5, a.inFlight)
		require.Equal(t, 5, b.inFlight)
		require.InDelta(t, 10, a.limits().Concurrency, 0)
	})
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		climb(t, a, "10")
		a.mu.Lock()
		a.hold(time.Now(), time.Minute)
		a.mu.Unlock()
		for range 10 {
			require.Same(t, b, mustAcquire(t, t.Context(), a, writeCall).limiter, "in the place of the one that is held")
		}
		require.Equal(t, 10, b.inFlight)
	})
}

func TestARequestOfOneUserIsSentByNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		for range 10 {
			permit, err := a.wait(t.Context(), writeCall, &b.own)
			require.NoError(t, err)
			require.Same(t, b, permit.limiter)
			permit.release(served(""), nil)
		}
		b.mu.Lock()
		b.hold(time.Now(), 5*time.Second)
		b.mu.Unlock()
		begun := time.Now()
		permit, err := a.wait(t.Context(), writeCall, &b.own)
		require.NoError(t, err)
		require.Same(t, b, permit.limiter)
		require.Equal(t, 5*time.Second, time.Since(begun))
		permit.release(&response{}, refused(codeRequestLimit, "", 40*time.Second))
		_, err = a.wait(t.Context(), writeCall, &b.own)
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, 40*time.Second, e.RetryAfter)
		require.Zero(t, a.limits().Waiting)
	})
}

func TestAPermitThatIsNotUsedLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(52)
		a.requests.met, a.requests.budget, a.requests.window = true, 10, nominalWindow // as after a refusal
		a.requests.most, a.busy.most = 10, 10
		a.requests.credit, a.busy.credit = 2, 2
		a.requests.filled, a.busy.filled = time.Now(), time.Now()
		require.True(t, mustAcquire(t, t.Context(), a, writeCall).passOver(renewPause))
		require.Zero(t, a.requests.pending)
		require.Zero(t, a.busy.pending)
		require.InDelta(t, 2, a.requests.credit, 1e-9)
		require.InDelta(t, 2, a.busy.credit, 1e-9)
		require.Same(t, b, mustAcquire(t, t.Context(), a, writeCall).limiter)
		last := mustAcquire(t, t.Context(), a, writeCall)
		require.False(t, last.passOver(renewPause), "somebody has to try")
		last.unused()
		limits := a.limits()
		require.EqualValues(t, 1, limits.Sent)
		require.Equal(t, 1, limits.InFlight)
		time.Sleep(renewPause)
		require.Same(t, a, mustAcquire(t, t.Context(), a, writeCall).limiter)
	})
}
