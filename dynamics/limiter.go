package dynamics

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxHoldWait is the longest that a caller is kept waiting for a moment that is known; of a
	// longer wait it hears at once, so that it can give back what it holds, and say why.
	maxHoldWait = 10 * time.Second
	// maxStreak bounds how much longer a Retry-After is obeyed after refusals in a row.
	maxStreak = 8
	// minPause keeps the timer from spinning on rounding errors.
	minPause = time.Millisecond
	// stuckShare is how many times longer than expected a request takes before it counts as stuck,
	// stuckLeast at least: it waits for its time-out then, and the others do not wait for it.
	stuckShare = 4
	stuckLeast = 5 * time.Second
	// nominalBusy is what a request may take before the limit of time is met before that of number.
	nominalBusy = documentedBusy * time.Second / documentedRequests
	// margin of a budget has to be there again before it is no longer spent.
	margin = 0.05
)

// limiter is the controller of one application user: it decides when the user may send a request.
// It holds everything inside a Retry-After, bounds the requests in flight (concurrency), and paces
// them by what the service protection limits were seen to allow (pacer).
// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
type limiter struct {
	*dispatcher           // which the users of a client have together
	own         queue     // requests that this user is to send, and no other
	away        time.Time // until when the user cannot sign in
	urgent      time.Time // when something urgent was asked for last
	concurrency concurrency
	company     company
	requests    pacer // requests per second
	busy        pacer // seconds of execution per second
	inFlight    int
	permits     map[*permit]struct{} // those in flight
	holdUntil   time.Time
	trying      bool // whether there is more than what was seen to be granted
	streak      int  // refusals in a row, each after its hold was over
	stats       Limits
}

// Limits is what the controller does at the moment, for progress and logs.
type Limits struct {
	InFlight    int           `json:"inFlight"`
	Concurrency float64       `json:"concurrency"`           // most requests in flight at the moment
	RequestRate float64       `json:"requestRate,omitempty"` // requests per second that the limits allow; 0: not known
	BusyRate    float64       `json:"busyRate,omitempty"`    // execution seconds per second that the limits allow; 0: not known
	Waiting     int           `json:"waiting"`
	Hold        time.Duration `json:"hold,omitempty"` // remaining Retry-After
	Sent        int64         `json:"sent"`
	Refused     int64         `json:"refused"` // answers 429
	Held        time.Duration `json:"held"`    // time so far in which a Retry-After held everything back
}

func newLimiter(most int) *limiter {
	l := &limiter{own: newQueue(), concurrency: newConcurrency(most), permits: map[*permit]struct{}{}}
	l.requests.kind, l.busy.kind = paceRequests, paceBusy
	newDispatcher(l)
	return l
}

// permit is the right to send one request.
type permit struct {
	limiter *limiter
	kind    string
	started time.Time
	expect  time.Duration
	epoch   int
	others  int // requests in flight at the start
	urgent  bool
	probe   *probe // that it belongs to; nil: none
}

// grant gives the next request of a queue its permit.
func (l *limiter) grant(q *queue, now time.Time) {
	w := q.next(func(priority int) bool { return l.pause(now, priority) <= 0 })
	l.concurrency.begin(w.kind, w.rows)
	t := &permit{limiter: l, kind: w.kind, started: now, expect: l.concurrency.expect(w.kind), epoch: l.concurrency.epoch, others: l.inFlight}
	t.urgent = w.flow.key.id.priority > 0
	t.probe = l.concurrency.beyond(l.inFlight)
	q.charge(w, t.expect)
	if l.company.begin.IsZero() {
		l.company.begin = now
	}
	l.careful(now)
	l.requests.take(now, 1)
	l.busy.take(now, t.expect.Seconds())
	l.inFlight++
	l.permits[t] = struct{}{}
	l.stats.Sent++
	w.permit = t
	close(w.ready)
}

// careful begins with a single request where a budget is spent: others follow as long as they are
// answered.
func (l *limiter) careful(now time.Time) {
	switch spent := l.requests.spent(now, 1) || l.busy.spent(now, 0); {
	case spent && !l.trying:
		l.trying, l.concurrency.ramp = true, 1
	case !l.requests.spent(now, margin*l.requests.budget) && !l.busy.spent(now, margin*l.busy.budget):
		l.trying = false
	}
}

// stuck counts the requests in flight that hang, and tells when the next one will be among them if
// it is not answered.
func (l *limiter) stuck(now time.Time) (n int, next time.Duration) {
	next = nominalWindow
	for t := range l.permits {
		if left := t.patience() - now.Sub(t.started); left > 0 {
			next = min(next, left)
		} else {
			n++
		}
	}
	return n, next
}

// pause is how long nothing of this priority may be sent from now on.
func (l *limiter) pause(now time.Time, priority int) time.Duration {
	pause := max(l.holdUntil.Sub(now), l.requests.pause(now, 1), l.busy.pause(now, 0))
	if l.leaves(now, priority) {
		pause = max(pause, l.requests.keptPause(now, 1), l.busy.keptPause(now, 0))
	}
	return pause
}

// patience is how long a request may take before it counts as stuck.
func (t *permit) patience() time.Duration { return max(stuckLeast, stuckShare*t.expect) }

// release gives the permit back with what came of the request; a is nil if there was no answer.
func (t *permit) release(a *response, fail *failure) {
	l := t.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	took := now.Sub(t.started)
	l.inFlight--
	delete(l.permits, t)
	if a != nil && fail == nil {
		l.concurrency.sampled(t, took)
	}
	l.concurrency.ended(now, t)
	if fail != nil && fail.StatusCode == http.StatusTooManyRequests {
		l.stats.Refused++
		l.requests.settle(now, 1, 0)
		l.busy.settle(now, t.expect.Seconds(), 0)
		l.refuse(now, t, fail.Error)
	} else {
		l.streak = 0
		worked := min(took, t.patience()) // the rest was hanging, or this process was stopped
		l.requests.settle(now, 1, 1)
		l.busy.settle(now, t.expect.Seconds(), worked.Seconds())
		if t.urgent {
			l.requests.usedUrgently(now, 1)
			l.busy.usedUrgently(now, worked.Seconds())
		}
		if a != nil {
			hint := l.shareOf(dopHint(a.header))
			l.meet(now, t, a.header, hint, took)
			l.concurrency.answered(hint)
			if fail == nil && t.probe == nil {
				l.concurrency.spare = l.spare(now, t.expect)
				l.concurrency.spent = l.busy.met && now.Sub(l.busy.refusal) < spentFor
				l.concurrency.observe(now, t, took, l.inFlight+1)
			}
		}
	}
	if fail != nil && fail.RetryAfter > 0 {
		l.hold(now, fail.RetryAfter+l.extra(fail.RetryAfter))
	}
	l.dispatch()
}

// spare is true where execution time is not what is short: requests like this one meet the limit of
// their number first, or a whole window has passed without meeting that of their time.
func (l *limiter) spare(now time.Time, expect time.Duration) bool {
	if expect <= nominalBusy {
		return true
	}
	since := l.busy.used.begin()
	if l.busy.met {
		since = l.busy.refusal
	}
	return now.Sub(since) > nominalWindow
}

// extra is how much longer than it says a Retry-After is obeyed when the hold before it led to
// nothing: processes that share a user and all come back on the second would keep each other
// refused.
func (l *limiter) extra(wait time.Duration) time.Duration {
	if l.streak < 2 {
		return 0
	}
	return rand.N(wait * time.Duration(min(l.streak, maxStreak)))
}

// refuse learns from a 429: which limit it was, and how much that limit allows.
func (l *limiter) refuse(now time.Time, t *permit, e *Error) {
	if e.Code == codeConcurrencyLimit {
		others := t.others
		if l.concurrency.ceiling.most > 0 { // one more was tried, while others came and went
			others = max(others, l.inFlight)
		}
		l.concurrency.full(others)
	}
	if now.Before(l.holdUntil) {
		return // sent before the first refusal was known: it says nothing new
	}
	switch e.Code {
	case codeRequestLimit:
		if l.requests.blameless(now, e) {
			l.busy.refused(now, e, t.expect) // while a server holds, it may name this limit whichever was met
		} else {
			l.requests.refused(now, e, t.expect)
		}
	case codeTimeLimit:
		l.busy.refused(now, e, t.expect)
	case codeConcurrencyLimit:
	default:
		l.concurrency.refused(l.inFlight)
	}
	l.streak++
	l.trying = false
	if e.Code != codeConcurrencyLimit { // how many are too many is known then
		l.concurrency.resumeGently()
	}
}

// hold keeps everything back for a Retry-After. Waiters hear of a long one with the next dispatch.
func (l *limiter) hold(now time.Time, wait time.Duration) {
	if until := now.Add(wait); until.After(l.holdUntil) {
		l.holdUntil = until
		l.noteHeld(now)
	}
}

// dopHint reads the recommended degree of parallelism; 0 if there is none.
// https://learn.microsoft.com/power-apps/developer/data-platform/send-parallel-requests
func dopHint(header http.Header) int {
	n, err := strconv.Atoi(header.Get("x-ms-dop-hint"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
