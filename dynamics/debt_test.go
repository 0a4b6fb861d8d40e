package dynamics

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	namesRequests = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
	namesTime     = "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds."
)

// TestARequestThatTookLongHoldsNobodyForLong: somebody else has used the budget up, we are refused
// once, and then this process is stopped with requests in flight, or a server hangs. That time was
// not work: what follows is sent soon.
func TestARequestThatTookLongHoldsNobodyForLong(t *testing.T) {
	for name, refusal := range map[string]struct{ code, message string }{
		"requests, named": {codeRequestLimit, namesRequests},
		"requests, bare":  {codeRequestLimit, ""},
		"time, named":     {codeTimeLimit, namesTime},
		"time, bare":      {codeTimeLimit, ""},
	} {
		for _, pace := range Paces {
			for _, took := range []time.Duration{10 * time.Second, 30 * time.Second, 5 * time.Minute, time.Hour} {
				t.Run(name+"/"+string(pace)+"/"+took.String(), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := newLimiter(4).paced(pace)
						send := func(n int, idle time.Duration) {
							for range n {
								permit := mustAcquire(t, t.Context(), l, writeCall)
								time.Sleep(50 * time.Millisecond)
								permit.release(served("16"), nil)
								time.Sleep(idle)
							}
						}
						send(100, 1500*time.Millisecond)
						mustAcquire(t, t.Context(), l, writeCall).release(&response{}, refused(refusal.code, refusal.message, 2*time.Second))

						var stopped []*permit
						for range l.concurrency.allowed() {
							stopped = append(stopped, mustAcquire(t, t.Context(), l, writeCall))
						}
						time.Sleep(took)
						for _, permit := range stopped {
							permit.release(served("16"), nil)
						}

						begun := time.Now()
						send(100, 0)
						require.Less(t, time.Since(begun), time.Minute)
					})
				})
			}
		}
	}
}

// TestALongPauseIsTold: whoever would have to wait for long hears of it at once, whatever he waits
// for, and can give back what he holds.
func TestALongPauseIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		l.busy.most, l.busy.filled = 1, time.Now().Add(-time.Second)
		long := mustAcquire(t, t.Context(), l, writeCall)
		told := make(chan error, 1)
		l.busy.take(time.Now(), 1)
		go func() {
			_, err := l.acquire(t.Context(), writeCall)
			told <- err
		}()
		synctest.Wait()
		l.busy.take(time.Now(), 60)
		long.release(served(""), nil)
		var e *Error
		require.ErrorAs(t, <-told, &e, "who was waiting")
		require.True(t, e.Throttled())
		_, err := l.acquire(t.Context(), writeCall)
		require.ErrorAs(t, err, &e, "who comes later")
		require.InDelta(t, time.Minute.Seconds(), e.RetryAfter.Seconds(), 2)
		time.Sleep(e.RetryAfter)
		mustAcquire(t, t.Context(), l, writeCall).release(served(""), nil)
	})
}

// TestNoDebtOutlivesItsWindow: what was used is forgotten by the server after a window.
func TestNoDebtOutlivesItsWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pacer{kind: paceBusy}
		p.refused(time.Now(), refused(codeTimeLimit, "", time.Second).Error, time.Hour)
		p.take(time.Now(), 1e6)
		require.LessOrEqual(t, p.pause(time.Now(), 0), nominalWindow+time.Second)
	})
}
