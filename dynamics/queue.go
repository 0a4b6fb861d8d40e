package dynamics

import (
	"math"
	"time"
)

// lowestEvery is how often a permit goes to flows of lower priority although higher ones wait: an
// urgent one overtakes, but nobody is starved.
const lowestEvery = 10

// waiter is one request that waits for its permit.
type waiter struct {
	ready  chan struct{} // closed when permit or err is set
	op     string
	kind   string
	rows   int
	flow   *flow
	permit *permit
	err    error
}

// flowKey tells streams of requests apart that share the permits evenly: reads of a flow do not
// starve its writes.
type flowKey struct {
	id    flowID
	write bool
}

// flow is one stream's queue. spent grows with what the stream has used; the least goes first.
type flow struct {
	key     flowKey
	waiting []*waiter
	spent   float64
}

// queue hands out permits: by priority, then evenly by expected execution time.
type queue struct {
	flows   map[flowKey]*flow
	waiting int
	permits int
	floors  map[int]float64 // by priority, what has been spent so far: who comes back from idleness starts there
}

func newQueue() queue { return queue{flows: map[flowKey]*flow{}, floors: map[int]float64{}} }

func (q *queue) add(id flowID, write bool, w *waiter) {
	key := flowKey{id, write}
	f := q.flows[key]
	if f == nil {
		f = &flow{key: key, spent: q.floors[id.priority]}
		q.flows[key] = f
	}
	w.flow = f
	f.waiting = append(f.waiting, w)
	q.waiting++
}

// remove takes a waiter out; false if it is not waiting any more.
func (q *queue) remove(w *waiter) bool {
	f := w.flow
	for i, other := range f.waiting {
		if other == w {
			f.waiting = append(f.waiting[:i:i], f.waiting[i+1:]...)
			q.took(f)
			return true
		}
	}
	return false
}

// next takes the waiter to be served next. There must be one.
func (q *queue) next() *waiter {
	q.permits++
	lowest := q.permits%lowestEvery == 0
	var best *flow
	for _, f := range q.flows {
		if len(f.waiting) > 0 && (best == nil || before(f, best, lowest)) {
			best = f
		}
	}
	w := best.waiting[0]
	best.waiting = best.waiting[1:]
	q.floors[best.key.id.priority] = math.Max(q.floors[best.key.id.priority], best.spent)
	q.took(best)
	return w
}

func (q *queue) took(f *flow) {
	q.waiting--
	if len(f.waiting) == 0 {
		delete(q.flows, f.key)
	}
}

// charge books a permit's expected time on its stream, so that many short requests weigh as one
// long one.
func (q *queue) charge(w *waiter, expect time.Duration) {
	w.flow.spent += math.Max(expect.Seconds(), minPause.Seconds())
}

func before(f, g *flow, lowest bool) bool {
	if p, r := f.key.id.priority, g.key.id.priority; p != r {
		return p > r != lowest
	}
	if f.spent != g.spent {
		return f.spent < g.spent
	}
	if f.key.id.key != g.key.id.key {
		return f.key.id.key < g.key.id.key
	}
	return f.key.write && !g.key.write
}
