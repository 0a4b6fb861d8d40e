package dynamics

import (
	"math"
	"time"
)

const (
	// startConcurrency is used until the first answer brings x-ms-dop-hint; trial environments hint
	// at 4.
	startConcurrency = 4
	// leastBlock is how many requests of one kind make an average at least: single ones vary too
	// much to compare. blockRounds makes it more where many are in flight, so that chance does not
	// look like crowding.
	leastBlock  = 12
	blockRounds = 2
	// roomy and crowded bound the ratio of the present average to that of a quiet time: below, more
	// requests are tried; above, they only wait for each other in the server.
	roomy   = 1.05
	crowded = 1.12
	// roomyAbove and crowdedAbove are the same above the recommended parallelism, which is seldom
	// wrong: there each request that only waits is charged to the limit of execution time.
	roomyAbove   = 1.01
	crowdedAbove = 1.03
	// mostCrowdedCut bounds how far the requests in flight are lowered when answers are slow, and
	// refusedCut is how far when too many at a time were refused by a limit that is not named.
	mostCrowdedCut = 0.5
	refusedCut     = 0.7
	// helped is by how much of a cut's size answers have to get faster, else it is taken back: then
	// they were not slow on our account. It is less than one half, since another process may have
	// as many requests in flight.
	helped = 0.4
	// probeGap is how many answers lie between a refusal by the concurrency limit and the next try
	// to have one more in flight: half of the one refusal in a hundred that is tolerable. It
	// doubles up to mostProbeGap as long as that fails.
	probeGap     = 200
	mostProbeGap = 3200
	// probeStep is by how much of the concurrency limit more is tried then, one at least.
	probeStep = 0.1
	// slowBlocks in a row have to be crowded: the first may have seen the change only in part. One
	// that is jammed is enough.
	slowBlocks = 2
	jammed     = 1.3
	// baseLife is how long the average of a quiet time is believed; then it is measured again at
	// quietShare of the present concurrency.
	baseLife   = 2 * time.Minute
	quietShare = 0.5
	// quietLoss is the share of throughput that measuring may cost: a base of long requests lives
	// longer.
	quietLoss = 0.02
	// baseSink is how far a faster average lowers the base: the fastest of many averages is luck.
	baseSink = 0.25
	// stepAbove is how many more requests are tried above the recommended parallelism.
	stepAbove = 0.5
	// floorShare of the recommended parallelism is kept in flight however slow the answers are.
	floorShare = 0.25
	// firstGuess is how long a request is thought to take before one has been seen.
	firstGuess = 500 * time.Millisecond
	// smoothing is the weight of a new duration in the expectation for the next.
	smoothing = 0.1
)

// concurrency bounds the requests in flight. It grows by one per round while answers stay as fast
// as in a quiet time, and shrinks when they get slower: more in flight than the servers work on at
// a time gains nothing and wastes the execution-time budget.
type concurrency struct {
	most    int
	limit   float64
	ramp    float64 // after a hold: climbs back to limit, one per answer; 0: not ramping
	hint    float64 // the recommended parallelism; 0: not told
	share   float64 // of it that may be in flight; 0: all, and what answers show to be good beyond
	floor   float64 // crowding never lowers limit below it
	epoch   int     // changes whenever the limit is cut: older requests say nothing about the new one
	quiet   int     // answers still wanted at quietShare to measure the base; 0: not measuring
	ceiling ceiling
	trial   trial
	futile  int // trials in a row that were taken back
	kinds   map[string]*latency
}

// ceiling is the concurrency limit as far as it has been met.
type ceiling struct {
	most    float64 // requests in flight that are not refused; 0: never met
	gap     int     // answers until one more is tried
	answers int     // since the last change
	raised  bool    // the last change was upwards
}

// trial is a cut whose use has still to be seen: what limit and average of this kind were before.
type trial struct {
	kind    *latency
	limit   float64
	average float64
}

// latency is what is known of the durations of one kind of request, in seconds.
type latency struct {
	expect  float64
	sum     float64
	count   int
	base    float64
	basedAt time.Time
	slow    int // blocks in a row that were crowded
}

func newConcurrency(most int) concurrency {
	return concurrency{most: most, limit: math.Min(startConcurrency, float64(most)), floor: 1, kinds: map[string]*latency{}}
}

// allowed is the most requests in flight at the moment.
func (g *concurrency) allowed() int {
	limit := g.limit
	if g.ramp > 0 {
		limit = math.Min(limit, g.ramp)
	}
	if g.quiet > 0 {
		limit *= quietShare
	}
	return min(g.top(), max(1, int(limit)))
}

func (g *concurrency) block() int { return max(leastBlock, int(blockRounds*g.limit)) }

// expect is how long a request of this kind is likely to take.
func (g *concurrency) expect(kind string) time.Duration {
	if l := g.kinds[kind]; l != nil && l.expect > 0 {
		return time.Duration(l.expect * float64(time.Second))
	}
	return firstGuess
}

// answered takes in that a request was answered, and not refused; hint is the parallelism that the
// server recommends.
func (g *concurrency) answered(hint int) {
	if hint > 0 && g.hint == 0 {
		g.hint = float64(hint)
		g.limit = math.Min(g.hint, float64(g.most))
		if g.share > 0 {
			g.limit = float64(g.top())
		}
		g.floor = math.Max(1, floorShare*g.limit)
	}
	if g.ramp > 0 {
		if g.ramp++; g.ramp >= g.limit {
			g.ramp = 0
		}
	}
	g.ceiling.answered()
}

// observe takes in a success: how long it took, with how many others in flight. An error is
// answered sooner or later than work: it is no measure.
func (g *concurrency) observe(now time.Time, t *permit, took time.Duration, inFlight int) {
	l := g.kinds[t.kind]
	if l == nil {
		l = &latency{expect: took.Seconds()}
		g.kinds[t.kind] = l
	}
	l.expect += smoothing * (took.Seconds() - l.expect)
	if t.epoch != g.epoch {
		return
	}
	l.sum += took.Seconds()
	l.count++
	if g.quiet > 0 {
		g.quiet--
	}
	if l.count >= g.block() {
		g.judge(now, l, inFlight)
	}
}

// judge compares a block's average with the base and moves the limit.
func (g *concurrency) judge(now time.Time, l *latency, inFlight int) {
	average := l.sum / float64(l.count)
	l.sum, l.count = 0, 0
	switch stale := now.Sub(l.basedAt) > g.baseLife(average); {
	case math.IsInf(l.base, 1), g.limit <= g.floor && (stale || l.base == 0):
		l.base, l.basedAt = average, now
	case average < l.base:
		l.base += baseSink * (average - l.base)
	case stale: // and at first: the recommended parallelism may be too much where others use the same user
		g.measure(l)
		return
	}
	if g.trial.kind == l {
		g.endTrial(l, average)
		return
	}
	busy := float64(inFlight) >= math.Floor(g.limit)-1
	switch ratio := average / l.base; {
	case ratio > crowded && g.limit > g.floor:
		if l.slow++; l.slow < slowBlocks && ratio < jammed {
			return
		}
		l.slow = 0
		g.trial = trial{l, g.limit, average}
		g.cut(math.Max(mostCrowdedCut, 1/ratio))
		g.limit = math.Max(g.limit, g.floor)
	case g.aboveHint() && ratio > crowdedAbove:
		g.limit = math.Max(g.hint, g.limit-stepAbove)
	case ratio < g.roomy() && busy && g.ramp == 0:
		l.slow = 0
		g.limit = math.Min(float64(g.top()), g.limit+g.step())
	default:
		l.slow = 0
	}
}

// baseLife is how long the average of a quiet time is believed.
func (g *concurrency) baseLife(average float64) time.Duration {
	quiet := float64(g.block()) / (g.limit * quietShare) * average
	return max(baseLife, time.Duration(quiet*(1-quietShare)/quietLoss*float64(time.Second)))
}

// step is by how much more is tried: above the recommended parallelism, which is seldom wrong, by
// less.
func (g *concurrency) step() float64 {
	if g.hint > 0 && g.limit >= g.hint {
		return stepAbove
	}
	return 1
}

// top is the most requests that may ever be in flight.
func (g *concurrency) top() int {
	if g.share > 0 {
		return max(1, min(g.most, int(g.share*g.hint)))
	}
	if g.ceiling.most > 0 {
		return min(g.most, int(g.ceiling.most))
	}
	return g.most
}

func (g *concurrency) aboveHint() bool { return g.hint > 0 && g.limit > g.hint }

func (g *concurrency) roomy() float64 {
	if g.hint > 0 && g.limit >= g.hint {
		return roomyAbove
	}
	return roomy
}

// endTrial keeps a cut that made answers faster. One that did not is taken back: then they are slow
// for reasons that fewer requests do not change. The base is measured anew; where that has led to
// nothing before, the present is the base.
func (g *concurrency) endTrial(l *latency, average float64) {
	kept := average <= g.trial.average*(1-helped*(1-g.limit/g.trial.limit))
	if kept {
		g.futile = 0
	} else {
		g.futile++
		g.limit = math.Max(g.limit, g.trial.limit)
		l.base = average
	}
	g.trial = trial{}
	if g.futile == 1 {
		g.measure(l)
	}
}

// measure begins a quiet time: the next block is taken at a share of the concurrency and becomes
// the new base.
func (g *concurrency) measure(l *latency) {
	g.epoch++
	g.quiet = g.block()
	l.base = math.Inf(1)
}

// full notes that with so many others in flight a request was refused by the concurrency limit.
func (g *concurrency) full(others int) {
	g.trial = trial{}
	g.ceiling.met(others)
	g.limit = math.Min(g.limit, g.ceiling.most)
}

func (r *ceiling) met(others int) {
	most := math.Max(1, float64(others))
	if r.most > 0 && most >= r.most {
		return // sent before the ceiling was known
	}
	r.most = most
	if r.answers > 0 { // not one of the same moment
		r.gap *= 2
	}
	r.gap = max(probeGap, min(r.gap, mostProbeGap))
	r.answers, r.raised = 0, false
}

// answered raises the ceiling after enough answers without a refusal.
func (r *ceiling) answered() {
	if r.answers++; r.most > 0 && r.answers >= r.gap {
		if r.raised { // the last try went well
			r.gap = max(probeGap, r.gap/2)
		}
		r.most += math.Max(1, probeStep*r.most)
		r.answers, r.raised = 0, true
	}
}

// refused lowers the limit below what was in flight when too many at a time were refused.
func (g *concurrency) refused(inFlight int) {
	g.limit = math.Min(g.limit, float64(inFlight+1))
	g.trial = trial{}
	g.cut(refusedCut)
}

func (g *concurrency) cut(share float64) {
	g.limit = math.Max(1, g.limit*share)
	g.epoch++
}

// resumeGently starts with half of the requests in flight after a hold.
func (g *concurrency) resumeGently() { g.ramp = math.Max(1, g.limit/2) }
