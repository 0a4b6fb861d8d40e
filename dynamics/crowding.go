package dynamics

import (
	"math"
	"time"
)

const (
	// smallServer is by how much slower an answer is where one too many is at a server that works
	// on four at a time. One that works on fewer never uses up 1,200 seconds of execution in 300.
	smallServer = 0.25
	// firstRegrow is how long after a cut more requests are tried again; regrowth times as long
	// each time after requests were seen to wait, mostRegrow at most.
	firstRegrow = 20 * time.Second
	regrowth    = 16
	mostRegrow  = 4 * time.Minute
	// spentFor is how long after a budget of execution time was used up more requests in flight are
	// of no use: as many as there are suffice to use it up again.
	spentFor = 2 * nominalWindow
)

// watch sends fewer as soon as answers show that requests wait in servers, where execution time may
// be what is short: each of them is charged for it, and the last ones of a job that nearly fits
// into a budget would have to wait for the next one.
//
// As many as the servers work on at a time are too many where several of them work in turn: by
// chance one has more to do than another. A little fewer are nearly as fast, and none waits. Where
// most requests wait, somebody else is there, and our part is what is left.
func (g *concurrency) watch(now time.Time, l *latency) {
	q := &l.quiet
	switch {
	case q.median == 0, g.timeToSpare(), q.leastExcess >= smallServer:
		return
	case g.limit > g.hint && q.some(g.limit):
		g.limit = g.hint
	case g.safe > 0 && g.limit > g.safe && g.limit <= g.hint && q.some(g.limit):
		g.limit = g.safe
		g.backs++
	case q.tooMuch() && g.trial.kind == l && l.count > 0 && !g.trial.helps(g.limit, l.average()):
		g.endTrial(l, l.average())
		l.sum, l.count = 0, 0
		return
	case q.tooMuch() && g.limit <= g.floor: // with so few it is not on our account
		l.forget()
		l.sum, l.count = 0, 0
		g.limit = math.Max(g.floor, quietShare*g.hint)
		g.goal = g.limit
		g.epoch++
		g.stay()
		return
	case q.tooMuch():
		g.trial = trial{l, g.limit, q.mean() * q.median}
		g.limit = math.Max(g.floor, math.Min(g.limit-1, math.Floor(g.limit/q.slow)))
		g.safe = g.limit
	default:
		return
	}
	g.goal, g.cutAt = g.limit, now
	g.epoch++
	g.stay()
	for _, kind := range g.kinds {
		kind.quiet.forgive()
		kind.sum, kind.count = 0, 0
	}
}

// regrow is how long after a cut more requests are tried again.
func (g *concurrency) regrow() time.Duration {
	if g.spent {
		return spentFor
	}
	return time.Duration(math.Min(mostRegrow.Seconds(), firstRegrow.Seconds()*math.Pow(regrowth, float64(g.backs)))) * time.Second
}

// timeToSpare is true where execution time is not what is short, or nothing is known of it: so few
// requests at a time never use up a window's.
func (g *concurrency) timeToSpare() bool {
	return g.spare || g.hint <= float64(max(1, g.servers))*documentedBusy/nominalWindow.Seconds()
}
