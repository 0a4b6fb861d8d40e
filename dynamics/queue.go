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

// priority is the highest of those that wait. There must be one.
func (q *queue) priority() int { return q.first(before).key.id.priority }

// first is the flow that goes before all others.
func (q *queue) first(before func(f, g *flow) bool) *flow {
	var best *flow
	for _, f := range q.flows {
		if len(f.waiting) > 0 && (best == nil || before(f, best)) {
			best = f
		}
	}
	return best
}

// next takes the waiter to be served next. There must be one, and those of the highest priority may
// be served; others may where may says so.
func (q *queue) next(may func(priority int) bool) *waiter {
	q.permits++
	best := q.first(before)
	if q.permits%lowestEvery == 0 {
		if lowest := q.first(lowestBefore); lowest.key.id.priority == best.key.id.priority || may(lowest.key.id.priority) {
			best = lowest
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

// before is true where f is served before g.
func before(f, g *flow) bool {
	if p, r := f.key.id.priority, g.key.id.priority; p != r {
		return p > r
	}
	return f.behind(g)
}

// lowestBefore is before with the lowest priority first.
func lowestBefore(f, g *flow) bool {
	if p, r := f.key.id.priority, g.key.id.priority; p != r {
		return p < r
	}
	return f.behind(g)
}

// behind is true where f has spent less than g, of the same priority.
func (f *flow) behind(g *flow) bool {
	if f.spent != g.spent {
		return f.spent < g.spent
	}
	if f.key.id.key != g.key.id.key {
		return f.key.id.key < g.key.id.key
	}
	return f.key.write && !g.key.write
}
