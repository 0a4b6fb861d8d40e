package dynamics

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
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
func served(hint string) *answer {
	return &answer{status: http.StatusNoContent, header: http.Header{"X-Ms-Dop-Hint": {hint}}}
}

// refused is a 429.
func refused(code, message string, wait time.Duration) *failure {
	return &failure{Error: &Error{StatusCode: http.StatusTooManyRequests, class: Throttled, Code: code, Message: message, RetryAfter: wait}, sent: true}
}

func mustAcquire(t *testing.T, l *limiter, ctx context.Context, k call) *turn {
	t.Helper()
	turn, err := l.acquire(ctx, k)
	require.NoError(t, err)
	return turn
}

func TestRequestsInFlightStartSmallAndFollowTheHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tc := range []struct {
			most int
			hint string
			want int
		}{{52, "8", 8}, {52, "", startConcurrency}, {3, "8", 3}, {52, "nonsense", startConcurrency}} {
			l := newLimiter(tc.most)
			mustAcquire(t, l, t.Context(), writeCall).release(served(tc.hint), nil)
			require.Equal(t, tc.want, l.gauge.allowed(), tc)
		}
	})
}

func TestNothingIsSentInsideARetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(52)
		first, second := mustAcquire(t, l, t.Context(), writeCall), mustAcquire(t, l, t.Context(), writeCall)
		first.release(&answer{}, refused(codeConcurrencyLimit, "", 7*time.Second))
		second.release(&answer{}, refused(codeConcurrencyLimit, "", 3*time.Second))
		begun := time.Now()
		turn := mustAcquire(t, l, t.Context(), writeCall)
		require.Equal(t, 7*time.Second, time.Since(begun))
		turn.release(served(""), nil)
		require.EqualValues(t, 2, l.stats.Refused)
	})
}

func TestALongRetryAfterIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		turn := mustAcquire(t, l, t.Context(), writeCall)
		errs := make(chan error, 1)
		go func() {
			_, err := l.acquire(t.Context(), writeCall)
			errs <- err
		}()
		synctest.Wait()
		turn.release(&answer{}, refused(codeRequestLimit, "", 90*time.Second))
		var e *Error
		require.ErrorAs(t, <-errs, &e, "who was waiting hears of it")
		require.True(t, e.Throttled())
		require.Equal(t, 90*time.Second, e.RetryAfter)
		time.Sleep(30 * time.Second)
		_, err := l.acquire(t.Context(), writeCall)
		require.ErrorAs(t, err, &e, "and who comes later")
		require.Equal(t, time.Minute, e.RetryAfter)
		time.Sleep(51 * time.Second)
		mustAcquire(t, l, t.Context(), writeCall).release(served(""), nil)
	})
}

func TestWhoGivesUpWaitingTakesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		turn := mustAcquire(t, l, t.Context(), writeCall)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := l.acquire(ctx, writeCall)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		turn.release(served(""), nil)
		mustAcquire(t, l, t.Context(), writeCall).release(served(""), nil)
		require.Zero(t, l.inFlight)
		require.Zero(t, l.queue.waiting)
	})
}

// contend lets callers wait for the only turn and gives the order in which they got it.
func contend(t *testing.T, l *limiter, flows map[string]func() (context.Context, call), each, rounds int) []string {
	turn := mustAcquire(t, l, t.Context(), writeCall)
	got := make(chan string)
	next := make(chan struct{})
	for name, flow := range flows {
		for range each {
			go func() {
				ctx, k := flow()
				turn, err := l.acquire(ctx, k)
				if err != nil {
					return
				}
				got <- name
				<-next
				turn.release(served("1"), nil)
			}()
		}
	}
	synctest.Wait()
	turn.release(served("1"), nil)
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
			"a":       func() (context.Context, call) { return WithCaller(ctx, "a", 0), writeCall },
			"b":       func() (context.Context, call) { return WithCaller(ctx, "b", 0), writeCall },
			"b reads": func() (context.Context, call) { return WithCaller(ctx, "b", 0), readCall },
		}, 30, 90)
		require.InDelta(t, 10, share(order[:30], "a"), 1)
		require.InDelta(t, 10, share(order[:30], "b"), 1, "reads do not starve writes")
	})
}

func TestAnUrgentCallerOvertakesButStarvesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		order := contend(t, newLimiter(1), map[string]func() (context.Context, call){
			"file":   func() (context.Context, call) { return WithCaller(ctx, "file", 0), writeCall },
			"stream": func() (context.Context, call) { return WithCaller(ctx, "stream", 1), writeCall },
		}, 30, 60)
		require.Equal(t, 27, share(order[:30], "stream"))
		require.Equal(t, 3, share(order[:30], "file"))
	})
}

func inFlight(l *limiter) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inFlight
}

// drive sends with so many workers for a while against a server that takes service for each request, and gives how
// many were served in the last window.
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
				turn, err := l.acquire(ctx, writeCall)
				if err != nil {
					time.Sleep(time.Second)
					continue
				}
				if fail := admit(); fail != nil {
					turn.release(&answer{}, fail)
					continue
				}
				time.Sleep(service(inFlight(l)))
				turn.release(served(""), nil)
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
		require.InDelta(t, parallel, l.gauge.limit, 4, "and no more in flight than that takes: "+fmt.Sprint(l.gauge.limit))
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
		require.InDelta(t, 6, l.gauge.limit, 3, "found before the next quiet measurement")
		require.InDelta(t, 60, rate, 8)
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
		require.InDelta(t, 8, l.gauge.limit, 1)
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

func TestAGuessedWindowThatIsTooShortIsCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{kind: paceRequests}
		begun := time.Now()
		for range 1200 { // 1,200 requests in 20 s: the budget of five minutes
			p.used.add(time.Now(), 1)
			time.Sleep(time.Second / 60)
		}
		short := refused(codeRequestLimit, "Number of requests exceeded the limit of 1200 over time window of 300 seconds.", time.Minute).Error
		for time.Since(begun) < 2*nominalWindow {
			p.refused(time.Now(), short)
			time.Sleep(time.Minute)
		}
		require.Less(t, p.rate(time.Now()), 4.0, "no more than the budget allows")
		require.GreaterOrEqual(t, p.rate(time.Now()), leastShare*p.budget(short), "and never nothing")
	})
}

func TestRefusalsOfOneWindowLowerThePaceOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{kind: paceRequests}
		for range 6000 {
			p.used.add(time.Now(), 1)
			time.Sleep(time.Second / 200)
		}
		again := refused(codeRequestLimit, "", time.Second).Error
		p.refused(time.Now(), again)
		first := p.rate(time.Now())
		for range 12 {
			time.Sleep(2 * time.Second)
			p.refused(time.Now(), again)
		}
		require.InDelta(t, first, p.rate(time.Now()), 0.01*first)
		time.Sleep(10 * time.Second)
		p.refused(time.Now(), again)
		require.Less(t, p.rate(time.Now()), 0.98*first, "a window later it counts")
	})
}

func TestThePaceGrowsAgainWhenTheLimitMovesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{kind: paceRequests}
		for range 600 {
			p.used.add(time.Now(), 1)
			time.Sleep(time.Second / 20)
		}
		p.refused(time.Now(), refused(codeRequestLimit, "", time.Second).Error)
		first := p.rate(time.Now())
		time.Sleep(2 * p.window)
		require.InDelta(t, first, p.rate(time.Now()), 0.04*first, "carefully at first")
		time.Sleep(10 * p.window)
		require.Greater(t, p.rate(time.Now()), 2*first, "then faster")
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
				turn := mustAcquire(t, l, t.Context(), writeCall)
				time.Sleep(10 * time.Millisecond)
				turn.release(served(""), nil)
			}
			mustAcquire(t, l, t.Context(), writeCall).release(&answer{}, refused(codeRequestLimit, message, 200*time.Second))
			require.Equal(t, tc.ourselves, l.requests.limit > 0)
			require.Equal(t, !tc.ourselves, l.busy.limit > 0)
		}
	})
}

func TestThePaceLetsThroughWhatItsRateSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(52)
		l.requests.limit, l.requests.window, l.requests.since = 20, nominalWindow, time.Now()
		l.requests.filled = time.Now()
		begun, n := time.Now(), 0
		for ; time.Since(begun) < 10*time.Second; n++ {
			mustAcquire(t, l, t.Context(), writeCall).release(served(""), nil)
		}
		require.InDelta(t, 200, n, 6)
	})
}
