package dynamics

import (
	"math"
	"time"
)

const (
	// probeShare of the recommended parallelism is tried beyond the limit, one request at least.
	probeShare = 1.0 / 16
	// probeCrowded is by how much slower than in a quiet time requests of a probe have to be on
	// average to show that they waited in a server, and sureness how many standard errors: what
	// varies much is judged by the averages of many.
	probeCrowded = 0.03
	sureness     = 2
	// climbs is in how many steps a quiet time is left where no parallelism is recommended.
	climbs = 4
)

// probe tries more requests in flight than are known to be good, at the price of those alone: once
// they are sent, the others stay at the limit until they are answered. A request that waits in a
// server is charged to the limit of execution time, and so are all that come while it waits.
type probe struct {
	extra  int // how many more
	left   int // still to be sent
	open   int // in flight
	sample []probed
}

// probed is a request of a probe that was answered.
type probed struct {
	kind *latency
	took float64
}

// tryMore begins a probe on the way to the goal.
func (g *concurrency) tryMore() {
	extra := int(math.Max(1, math.Min(probeShare*g.hint, g.goal-g.limit)))
	g.probe = &probe{extra: extra, left: extra}
}

// beyond is the probe that one more request belongs to where so many are in flight; nil: none.
func (g *concurrency) beyond(inFlight int) *probe {
	if g.probe == nil || g.probe.left == 0 || g.ramp > 0 || inFlight < int(g.limit) {
		return nil
	}
	g.probe.left--
	g.probe.open++
	return g.probe
}

// sampled takes in that a request of a probe was served, and how long that took.
func (g *concurrency) sampled(t *permit, took time.Duration) {
	if t.probe != nil {
		t.probe.sample = append(t.probe.sample, probed{g.kinds[t.kind], took.Seconds()})
	}
}

// ended takes in that a request is no longer in flight.
func (g *concurrency) ended(now time.Time, t *permit) {
	if t.probe != nil {
		t.probe.open--
		g.endProbe(now)
	}
}

// endProbe goes on from where a probe was good, and stops where it was not.
func (g *concurrency) endProbe(now time.Time) {
	p := g.probe
	if p == nil || p.left > 0 || p.open > 0 {
		return
	}
	sum, n, noise := 0.0, 0.0, 0.0
	for _, s := range p.sample {
		if s.kind.quiet.median == 0 {
			return // judge will end it
		}
		sum += s.took / s.kind.quiet.median
		noise = math.Max(noise, s.kind.quiet.noise)
		n++
	}
	g.probe = nil
	if n == 0 {
		return
	}
	if sum/n-1 > probeCrowded+sureness*noise/math.Sqrt(n) {
		g.goal, g.cutAt = g.limit, now
		return
	}
	g.raise(p.extra)
}

// climb goes on to the goal.
func (g *concurrency) climb() {
	switch p := g.probe; {
	case g.hint == 0:
		g.limit = math.Min(g.goal, g.limit+math.Max(1, g.goal/climbs))
		g.epoch++
	case p == nil:
		g.tryMore()
	case p.left == p.extra: // too few wait to try it
		g.probe = nil
		g.raise(p.extra)
	}
}

// raise goes on with more in flight, and tries the next ones on the way to the goal.
func (g *concurrency) raise(extra int) {
	g.limit = math.Min(g.goal, g.limit+float64(extra))
	g.epoch++
	if g.limit < g.goal {
		g.tryMore()
	}
}
