package dynamics

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// granting lets so many requests through in a window, and tells how long the others have to wait.
func granting(requests *int) func() *failure {
	var sent []time.Time
	return func() *failure {
		now := time.Now()
		for len(sent) > 0 && now.Sub(sent[0]) >= nominalWindow {
			sent = sent[1:]
		}
		if len(sent) >= *requests {
			wait := (nominalWindow - now.Sub(sent[len(sent)-*requests])).Truncate(time.Second) + time.Second
			return refused(codeRequestLimit, namesRequests, wait)
		}
		sent = append(sent, now)
		return nil
	}
}

// sendAll has so many requests answered, one after the other, and gives how often one was refused.
func sendAll(t *testing.T, l *limiter, n int, admit func() *failure) (refusals int) {
	return sendAllAs(t, usual, l, n, admit)
}

func sendAllAs(t *testing.T, priority int, l *limiter, n int, admit func() *failure) (refusals int) {
	for n > 0 {
		permit, err := l.acquire(WithFlow(t.Context(), "large", priority), writeCall)
		if err != nil {
			var e *Error
			require.ErrorAs(t, err, &e)
			time.Sleep(e.RetryAfter)
			continue
		}
		if fail := admit(); fail != nil {
			permit.release(&response{}, fail)
			refusals++
			continue
		}
		time.Sleep(10 * time.Millisecond)
		permit.release(served(""), nil)
		n--
	}
	return refusals
}

func TestABudgetIsSpentAsSoonAsItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, begun, budget := newLimiter(52), time.Now(), 2000
		refusals := sendAll(t, l, 3*budget, granting(&budget))
		require.InDelta(t, (2*nominalWindow + 20*time.Second).Seconds(), time.Since(begun).Seconds(), 8)
		require.LessOrEqual(t, refusals, 4, "a request where a budget ends")
	})
}

func TestABudgetThatGrowsIsFound(t *testing.T) {
	for priority, within := range map[int]time.Duration{usual: nominalWindow + 2*time.Minute, backfill: 4 * nominalWindow} {
		synctest.Test(t, func(t *testing.T) {
			l, budget := newLimiter(52), 2000
			admit := granting(&budget)
			sendAllAs(t, priority, l, 2*budget+1, admit)
			budget = 20_000
			begun := time.Now()
			sendAllAs(t, priority, l, 10_000, admit)
			require.Less(t, time.Since(begun), within)
		})
	}
}

func TestABudgetThatFallsIsLearned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, budget := newLimiter(52), 4000
		admit := granting(&budget)
		sendAll(t, l, 2*budget+1, admit)
		budget = 2000
		require.LessOrEqual(t, sendAll(t, l, 5*budget, admit), 25, "one in four hundred")
	})
}

// TestTriesThatAreRefusedGetRarer where somebody else takes all that there is, and never stop.
func TestTriesThatAreRefusedGetRarer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, all := newLimiter(52), 100
		sendAll(t, l, 100, granting(&all))
		begun, tries := time.Now(), 0
		for ; time.Since(begun) < time.Hour; tries++ {
			permit, err := l.acquire(t.Context(), writeCall)
			if err != nil {
				var e *Error
				require.ErrorAs(t, err, &e)
				require.LessOrEqual(t, e.RetryAfter, mostGap+time.Minute)
				time.Sleep(e.RetryAfter)
				continue
			}
			permit.release(&response{}, refused(codeRequestLimit, namesRequests, time.Second))
		}
		require.Less(t, tries, 200)
		require.Greater(t, tries, 60)
	})
}

func TestAGuessedWindowThatIsTooShortIsCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pacer{kind: paceRequests}
		begun := time.Now()
		for range 1200 { // 1,200 requests in 20 s: the budget of five minutes
			p.used.add(time.Now(), 1)
			time.Sleep(time.Second / 60)
		}
		short := refused(codeRequestLimit, "Number of requests exceeded the limit of 1200 over time window of 300 seconds.", time.Minute).Error
		for time.Since(begun) < nominalWindow-time.Minute {
			p.refused(time.Now(), short, time.Second)
			time.Sleep(time.Minute)
		}
		require.Equal(t, nominalWindow, p.window)
		require.LessOrEqual(t, p.rate(), 4.01, "no more than the budget allows")
		require.LessOrEqual(t, p.pause(time.Now(), 1), mostGap+time.Minute, "and never nothing")
	})
}
