package dynamics

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// dispatcher shares the permits of all users of a client between the requests that wait. A request
// goes to whichever user may send now; of several, to the one that has used the least.
type dispatcher struct {
	mu       sync.Mutex // also of the limiters
	queue    queue
	limiters []*limiter // one for each user
	wake     *time.Timer
	allHeld  time.Time     // until when every user is inside a Retry-After
	held     time.Duration // how long that was, up to allHeld
}

// newDispatcher makes one of all the limiters.
func newDispatcher(limiters ...*limiter) *dispatcher {
	d := &dispatcher{queue: newQueue(), limiters: limiters}
	for _, l := range limiters {
		l.dispatcher = d
	}
	return d
}

// acquire waits until a request may be sent. It gives up when ctx ends, or with a Throttled *Error
// when every user is held for longer than maxHoldWait.
func (d *dispatcher) acquire(ctx context.Context, k call) (*permit, error) {
	return d.wait(ctx, k, &d.queue)
}

func (d *dispatcher) wait(ctx context.Context, k call, q *queue) (*permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w, flow := &waiter{ready: make(chan struct{}), op: k.op, kind: k.kind(), rows: k.rows}, flowOf(ctx)
	d.mu.Lock()
	if flow.priority > 0 {
		d.noteUrgent(time.Now())
	}
	q.add(flow, k.write, w)
	d.dispatch()
	d.mu.Unlock()
	select {
	case <-w.ready:
	case <-ctx.Done():
		if d.abandon(w, q) {
			return nil, ctx.Err()
		}
		<-w.ready
	}
	return w.permit, w.err
}

// noteUrgent has all users leave what is reserved for a while.
func (d *dispatcher) noteUrgent(now time.Time) {
	for _, l := range d.limiters {
		l.urgent = now
	}
}

// abandon takes a waiter out of its queue; false if its permit has come meanwhile, which it then
// has to use.
func (d *dispatcher) abandon(w *waiter, q *queue) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return q.remove(w)
}

// dispatch gives out permits as long as there are waiters and room, and sets the timer for the
// moment when there may be room again. The lock is held.
func (d *dispatcher) dispatch() {
	now := time.Now()
	first := time.Duration(0)
	for i, l := range d.limiters {
		first = sooner(first, d.serve(&l.own, d.limiters[i:i+1], now))
	}
	if first = sooner(first, d.serve(&d.queue, d.limiters, now)); first > 0 {
		d.wakeIn(first)
	}
}

// sooner is the shorter of two waits, of which 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// serve gives out permits of some users to a queue, and tells when there may be room again; 0: not
// before something else happens.
func (d *dispatcher) serve(q *queue, users []*limiter, now time.Time) time.Duration {
	for q.waiting > 0 {
		l, wait, held := d.choose(users, now, q.priority())
		switch {
		case l != nil:
			l.grant(q, now)
		case held && wait > maxHoldWait:
			q.tell(wait)
		default:
			return wait
		}
	}
	return 0
}

// choose gives the user that is to send next, something of this priority. Where none may, it tells
// when one may, and whether it is the limits that keep all of them.
func (d *dispatcher) choose(users []*limiter, now time.Time, priority int) (free *limiter, wait time.Duration, held bool) {
	held = true
	most := 0.0
	for _, l := range users {
		if pause := max(l.pause(now, priority), l.away.Sub(now)); pause > 0 {
			wait = sooner(wait, pause)
			held = held && (l.inFlight == 0 || l.holdUntil.After(now)) // else what is in flight may take less than expected
			continue
		}
		held = false
		if l.inFlight >= l.concurrency.top() {
			continue // the next release dispatches again
		}
		if full, next := d.full(now); full {
			wait = sooner(wait, next)
			continue
		}
		if len(users) == 1 {
			return l, 0, false
		}
		if left := l.left(now); free == nil || left > most {
			free, most = l, left
		}
	}
	return free, wait, held
}

// full tells whether as many requests are in flight as the environment bears: the sum of what the
// users' controllers found, so that one goes on in the place of others that are held. next is when
// a request that hangs will no longer count.
func (d *dispatcher) full(now time.Time) (full bool, next time.Duration) {
	inFlight, allowed := 0, 0
	next = nominalWindow
	for _, l := range d.limiters {
		stuck, soon := l.stuck(now)
		inFlight += l.inFlight - stuck
		if more := l.concurrency.warmUp(now); more > 0 {
			next = min(next, more)
		}
		more := l.concurrency.allowed()
		if last := l.concurrency.last(); l.inFlight-stuck+d.queue.waiting <= last {
			more = max(more, last)
		}
		allowed += more
		next = min(next, soon)
	}
	return inFlight >= allowed, next
}

func (d *dispatcher) wakeIn(pause time.Duration) {
	if d.wake != nil {
		d.wake.Stop()
	}
	d.wake = time.AfterFunc(max(pause, minPause), func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.dispatch()
	})
}

// noteHeld counts the time in which every user is inside a Retry-After.
func (d *dispatcher) noteHeld(now time.Time) {
	until := d.limiters[0].holdUntil
	for _, l := range d.limiters[1:] {
		if l.holdUntil.Before(until) {
			until = l.holdUntil
		}
	}
	begin := now
	if d.allHeld.After(now) {
		begin = d.allHeld
	}
	if until.After(begin) {
		d.held += until.Sub(begin)
		d.allHeld = until
	}
}

// limits tells what the controllers do at the moment, all together.
func (d *dispatcher) limits() Limits {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	all := Limits{Waiting: d.queue.waiting, Hold: max(0, d.allHeld.Sub(now))}
	all.Held = d.held - all.Hold // without what is still to come
	requests, busy := true, true
	for _, l := range d.limiters {
		all.Waiting += l.own.waiting
		all.InFlight += l.inFlight
		all.Concurrency += l.concurrency.limit
		all.Sent += l.stats.Sent
		all.Refused += l.stats.Refused
		requestRate, busyRate := l.requests.rate(), l.busy.rate()
		all.RequestRate += requestRate
		all.BusyRate += busyRate
		requests, busy = requests && requestRate > 0, busy && busyRate > 0
	}
	if !requests { // one that is not known may be anything
		all.RequestRate = 0
	}
	if !busy {
		all.BusyRate = 0
	}
	return all
}

// left is the share of one server's budget that the user has not used, and is not about to use.
func (l *limiter) left(now time.Time) float64 {
	requests := l.requests.used.within(now, nominalWindow) + float64(l.inFlight)
	busy := l.busy.used.within(now, nominalWindow)
	for t := range l.permits {
		busy += t.expect.Seconds()
	}
	return 1 - max(requests/documentedRequests, busy/documentedBusy)
}

// tell lets all waiters of the queue hear of a long pause.
func (q *queue) tell(pause time.Duration) {
	for q.waiting > 0 {
		w := q.next(func(int) bool { return true })
		w.err = heldError(w.op, pause)
		close(w.ready)
	}
}

func heldError(op string, hold time.Duration) *Error {
	return &Error{Op: op, StatusCode: http.StatusTooManyRequests, class: Throttled, RetryAfter: hold}
}

// Limits tells what the client's users do at the moment, all together.
func (c *Client) Limits() Limits { return c.limits.limits() }
