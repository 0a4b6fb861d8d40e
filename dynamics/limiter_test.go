package dynamics

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	writeCall = call{op: "write", write: true, rows: 100}
	readCall  = call{op: "read", rows: 100}
)

// served is an answer that was given.
func served(hint string) *response {
	return &response{status: http.StatusNoContent, header: http.Header{"X-Ms-Dop-Hint": {hint}}}
}

// refused is a 429.
func refused(code, message string, wait time.Duration) *failure {
	return &failure{Error: &Error{StatusCode: http.StatusTooManyRequests, class: Throttled, Code: code, Message: message, RetryAfter: wait}, sent: true}
}

func mustAcquire(t *testing.T, ctx context.Context, l *limiter, k call) *permit {
	t.Helper()
	permit, err := l.acquire(ctx, k)
	require.NoError(t, err)
	return permit
}

func TestRequestsInFlightStartSmallAndClimbToTheHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tc := range []struct {
			most int
			hint string
			want int
		}{{52, "8", 8}, {52, "", startConcurrency}, {3, "8", 3}, {52, "nonsense", startConcurrency}} {
			l := newLimiter(tc.most)
			send := func() {
				permit := mustAcquire(t, t.Context(), l, writeCall)
				time.Sleep(time.Second)
				permit.release(served(tc.hint), nil)
			}
			require.Equal(t, 1, l.concurrency.allowed(), tc)
			send()
			require.LessOrEqual(t, l.concurrency.allowed(), startConcurrency, tc)
			for range 4 * tc.want { // one by one, so that no more is tried
				send()
			}
			require.Equal(t, tc.want, l.concurrency.allowed(), tc)
		}
	})
}

func TestNothingIsSentInsideARetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(52)
		first, second := mustAcquire(t, t.Context(), l, writeCall), mustAcquire(t, t.Context(), l, writeCall)
		first.release(&response{}, refused(codeConcurrencyLimit, "", 7*time.Second))
		second.release(&response{}, refused(codeConcurrencyLimit, "", 3*time.Second))
		begun := time.Now()
		permit := mustAcquire(t, t.Context(), l, writeCall)
		require.Equal(t, 7*time.Second, time.Since(begun))
		permit.release(served(""), nil)
		require.EqualValues(t, 2, l.stats.Refused)
	})
}

func TestRefusalsInARowAreWaitedOutLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(52)
		longer := 0
		for n := range 20 {
			mustAcquire(t, t.Context(), l, writeCall).release(&response{}, refused(codeTimeLimit, "", time.Second))
			hold := time.Until(l.holdUntil)
			require.GreaterOrEqual(t, hold, time.Second)
			require.LessOrEqual(t, hold, (1+maxStreak)*time.Second)
			if n == 0 {
				require.Equal(t, time.Second, hold)
			} else if hold > 1100*time.Millisecond {
				longer++
			}
		}
		require.Greater(t, longer, 10)
		mustAcquire(t, t.Context(), l, writeCall).release(served(""), nil)
		mustAcquire(t, t.Context(), l, writeCall).release(&response{}, refused(codeTimeLimit, "", time.Second))
		require.Equal(t, time.Second, time.Until(l.holdUntil), "a success ends the row")
	})
}

func TestALongRetryAfterIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		permit := mustAcquire(t, t.Context(), l, writeCall)
		errs := make(chan error, 1)
		go func() {
			_, err := l.acquire(t.Context(), writeCall)
			errs <- err
		}()
		synctest.Wait()
		permit.release(&response{}, refused(codeRequestLimit, "", 90*time.Second))
		var e *Error
		require.ErrorAs(t, <-errs, &e, "who was waiting hears of it")
		require.True(t, e.Throttled())
		require.Equal(t, 90*time.Second, e.RetryAfter)
		time.Sleep(30 * time.Second)
		_, err := l.acquire(t.Context(), writeCall)
		require.ErrorAs(t, err, &e, "and who comes later")
		require.Equal(t, time.Minute, e.RetryAfter)
		time.Sleep(51 * time.Second)
		mustAcquire(t, t.Context(), l, writeCall).release(served(""), nil)
	})
}

func TestWhoGivesUpWaitingTakesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		permit := mustAcquire(t, t.Context(), l, writeCall)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := l.acquire(ctx, writeCall)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		permit.release(served(""), nil)
		mustAcquire(t, t.Context(), l, writeCall).release(served(""), nil)
		require.Zero(t, l.inFlight)
		require.Zero(t, l.queue.waiting)
	})
}

// contend lets callers wait for the only permit and gives the order in which they got it.
func contend(t *testing.T, l *limiter, flows map[string]func() (context.Context, call), each, rounds int) []string {
	permit := mustAcquire(t, t.Context(), l, writeCall)
	got := make(chan string)
	next := make(chan struct{})
	for name, flow := range flows {
		for range each {
			go func() {
				ctx, k := flow()
				permit, err := l.acquire(ctx, k)
				if err != nil {
					return
				}
				got <- name
				<-next
				permit.release(served("1"), nil)
			}()
		}
	}
	synctest.Wait()
	permit.release(served("1"), nil)
	var order []string
	for range rounds {
		order = append(order, <-got)
		next <- struct{}{}
	}
	return order
}

func share(order []string, name string) int {
	n := 0
	for _, o := range order {
		if o == name {
			n++
		}
	}
	return n
}

func TestCallersShareEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		order := contend(t, newLimiter(1), map[string]func() (context.Context, call){
			"a":       func() (context.Context, call) { return WithFlow(ctx, "a", 0), writeCall },
			"b":       func() (context.Context, call) { return WithFlow(ctx, "b", 0), writeCall },
			"b reads": func() (context.Context, call) { return WithFlow(ctx, "b", 0), readCall },
		}, 30, 90)
		require.InDelta(t, 10, share(order[:30], "a"), 1)
		require.InDelta(t, 10, share(order[:30], "b"), 1, "reads do not starve writes")
	})
}

func TestAnUrgentCallerOvertakesButStarvesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		order := contend(t, newLimiter(1), map[string]func() (context.Context, call){
			"file":   func() (context.Context, call) { return WithFlow(ctx, "file", 0), writeCall },
			"stream": func() (context.Context, call) { return WithFlow(ctx, "stream", 1), writeCall },
		}, 30, 60)
		require.Equal(t, 27, share(order[:30], "stream"))
		require.Equal(t, 3, share(order[:30], "file"))
	})
}
