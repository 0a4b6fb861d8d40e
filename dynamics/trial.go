package dynamics

import "math"

const (
	// helped is by how much of a cut's size answers have to get faster, else it is taken back: then
	// they were not slow on our account. It is less than one half, since another process may have
	// as many requests in flight.
	helped = 0.4
)

// trial is a cut whose use has still to be seen: what limit and average of this kind were before.
type trial struct {
	kind    *latency
	limit   float64
	average float64
}

// endTrial keeps a cut that made answers faster. One that did not is taken back: then they are slow
// for reasons that fewer requests do not change. The base is measured anew; where that has led to
// nothing before, the present is the base.
func (g *concurrency) endTrial(l *latency, average float64) {
	kept := g.trial.helps(g.limit, average)
	if kept {
		g.futile = 0
	} else {
		g.futile++
		g.limit = math.Max(g.limit, g.trial.limit)
		l.base, l.quiet = average, quietTime{}
	}
	g.trial = trial{}
	if !kept {
		g.goal = g.limit
	}
	if g.futile == 1 {
		l.forget()
		g.measure()
	}
}

// helps is true where answers are faster on average since the cut to this limit.
func (t trial) helps(limit, average float64) bool {
	return average <= t.average*(1-helped*(1-limit/t.limit))
}
