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
	// slowBlocks in a row have to be crowded: the first may have seen the change only in part. One
	// that is jammed is enough.
	slowBlocks = 2
	jammed     = 1.3
	// leastRound is how many answers make a round at least: one for each request in flight, else.
	leastRound = 4
	// baseLife is how long the average of a quiet time is believed; then it is measured again at
	// quietShare of the present concurrency.
	baseLife   = 4 * time.Minute
	quietShare = 0.5
	// quietLoss is the share of throughput that measuring may cost: a base of long requests lives
	// longer.
	quietLoss = 0.02
	// inProportion to the requests in flight answers get slower where already the quiet time was
	// not quiet enough: it is repeated with fewer.
	inProportion = 0.9
	// baseSink is how far a faster average lowers the base: the fastest of many averages is luck,
	// unless it is faster than noLuck.
	baseSink = 0.25
	noLuck   = 0.8
	// leastOfHint is down to which share of the recommended parallelism fewer are tried where some
	// requests wait in a server, and each of them is charged to the limit of execution time.
	leastOfHint = 0.75
	// stepAbove is how many more requests are tried above the recommended parallelism.
	stepAbove = 0.5
	// floorShare of the recommended parallelism is kept in flight however slow the answers are.
	floorShare = 0.25
	// firstGuess is how long a request is thought to take before one has been seen, and rowGuess
	// what each of its rows adds.
	firstGuess = 500 * time.Millisecond
	rowGuess   = 15 * time.Millisecond
	// smoothing is the weight of a new duration in the expectation for the next.
	smoothing = 0.1
)

// concurrency bounds the requests in flight. It climbs round by round while answers stay as fast as
// in a quiet time, first to the recommended parallelism, and shrinks when they get slower: more in
// flight than the servers work on at a time gains nothing and wastes the execution-time budget.
type concurrency struct {
	most    int
	limit   float64
	goal    float64   // limit climbs to it in a few rounds, since it was there before or is recommended
	ramp    float64   // after a hold: climbs back to limit, one per answer; 0: not ramping
	hint    float64   // the recommended parallelism; 0: not told
	share   float64   // of it that may be in flight; 0: all, and what answers show to be good beyond
	floor   float64   // crowding never lowers limit below it
	epoch   int       // changes with the limit: older requests say nothing about the new one
	cutAt   time.Time // when answers were last slow on our account
	spent   bool      // the budget of execution time was used up lately
	spare   bool      // requests that wait in the server cost nothing that is short
	servers int       // that told what all of the user's requests have used; 0: none does
	before  float64   // by that, requests in flight of others who were there before
	peers   float64   // and of those who began as we did
	joined  time.Time // when both were first taken into account
	ceiling ceiling
	trial   trial
	futile  int    // trials in a row that were taken back
	probe   *probe // nil: none
	warm    warming
	safe    float64 // so many in flight are gone back to where some requests wait in a server; 0: not known
	backs   int     // how often that was done
	kinds   map[string]*latency
}

// latency is what is known of the durations of one kind of request, in seconds.
type latency struct {
	seen    bool
	expect  float64
	sum     float64
	count   int
	least   float64
	base    float64
	basedAt time.Time
	basedOn int // so many answers
	slow    int // blocks in a row that were crowded
	quiet   quietTime
}

func newConcurrency(most int) concurrency {
	return concurrency{
		most: most, limit: 1, floor: 1, kinds: map[string]*latency{},
		warm: warming{to: math.Min(startConcurrency, float64(most))},
	}
}

// allowed is the most requests in flight at the moment.
func (g *concurrency) allowed() int {
	limit := g.limit
	if g.ramp > 0 {
		limit = math.Min(limit, g.ramp)
	} else if g.probe != nil {
		limit += float64(g.probe.left)
	}
	return min(g.top(), max(1, int(limit)))
}

func (g *concurrency) block() int { return max(leastBlock, int(blockRounds*g.limit)) }
func (g *concurrency) round() int { return max(leastRound, int(g.limit)) }

// expect is how long a request of a kind that has begun is likely to take.
func (g *concurrency) expect(kind string) time.Duration {
	return time.Duration(g.kinds[kind].expect * float64(time.Second))
}

// begin takes in that a request of this kind is sent: the first ones show how fast it is in a quiet
// time.
func (g *concurrency) begin(kind string, rows int) {
	if g.kinds[kind] == nil {
		g.kinds[kind] = &latency{expect: (firstGuess + time.Duration(rows)*rowGuess).Seconds()}
		g.measure()
	}
}

// answered takes in that a request was answered, and not refused; hint is the parallelism that the
// server recommends.
func (g *concurrency) answered(hint int) {
	if hint > 0 && g.hint == 0 {
		g.hint = float64(hint)
		g.goal = math.Min(g.hint, float64(g.top()))
		quiet := math.Max(1, math.Min(math.Max(quietShare*g.goal, startConcurrency), g.goal))
		if quiet < g.limit {
			g.epoch++
		}
		before := g.limit
		g.limit = quiet
		g.warm.to = math.Floor(startShare * g.goal)
		g.safe = g.warm.to + 1
		if g.servers > 0 { // one after the other, so that they are answered one after the other
			g.warm.to = g.evenly()
			g.limit = math.Min(before, g.warm.to)
		}
		g.floor = math.Max(1, floorShare*g.goal)
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
	if !l.seen && took > 0 {
		l.seen, l.expect = true, took.Seconds()
	}
	if l.seen {
		l.expect += smoothing * (took.Seconds() - l.expect)
	}
	if t.epoch != g.epoch {
		return
	}
	if l.least = math.Min(l.least, took.Seconds()); l.count == 0 {
		l.least = took.Seconds()
	}
	l.sum += l.quiet.atMost(took.Seconds())
	l.count++
	l.quiet.take(took.Seconds(), t.others)
	g.watch(now, l)
	g.giveWay()
	known := l.base > 0
	switch trial := g.trial.kind == l; { // what a cut is good for shows when those before it have gone
	case !trial && known && l.count >= leastRound && l.least > jammed*l.base,
		!trial && l.count >= g.round() && (!known || g.limit < g.goal),
		l.count >= g.block():
		g.judge(now, l, inFlight)
	}
	if g.asking() && g.hint > 0 && l.quiet.median > 0 {
		g.join(now)
	}
}

// average is that of the present round, which has answers.
func (l *latency) average() float64 { return l.sum / float64(l.count) }

// judge compares an average with the base and moves the limit.
func (g *concurrency) judge(now time.Time, l *latency, inFlight int) {
	average, chance := l.average(), l.chance()
	of := l.count
	l.sum, l.count = 0, 0
	switch {
	case l.base == 0, average < (noLuck-chance)*l.base, g.limit <= g.floor && now.Sub(l.basedAt) > g.baseLife(average):
		l.base, l.basedAt, l.basedOn = average, now, of
	case average < l.base:
		l.base += baseSink * (average - l.base)
	}
	if l.quiet.median == 0 {
		l.quiet.learn()
		g.endProbe(now)
	}
	if g.trial.kind == l {
		g.endTrial(l, average)
		return
	}
	busy := float64(inFlight) >= math.Floor(g.limit)-1
	switch ratio := average / l.base; {
	case ratio > crowded+chance && g.limit > g.floor:
		if l.slow++; l.slow < slowBlocks && ratio < jammed+chance {
			return
		}
		l.slow = 0
		again := g.limit < g.goal && ratio > inProportion*g.limit/(quietShare*g.goal)
		g.trial = trial{l, g.limit, average}
		g.cut(math.Max(mostCrowdedCut, 1/ratio))
		g.limit = math.Max(g.limit, g.floor)
		g.goal, g.cutAt = g.limit, now
		if again {
			g.trial = trial{}
			l.forget()
			g.measure()
		}
	case g.asking(): // it joins first
	case g.limit < g.goal:
		l.slow = 0
		g.climb()
	case now.Sub(l.basedAt) > g.baseLife(average): // others may use the same user
		l.forget()
		g.measure()
	case !g.timeToSpare() && ratio > crowdedAbove+chance && g.limit > leastOfHint*g.hint:
		g.limit = math.Max(leastOfHint*g.hint, g.limit-math.Max(1, g.hint/16))
		g.goal, g.cutAt = g.limit, now
	case g.aboveHint() && ratio > crowdedAbove+chance:
		g.limit = math.Max(g.hint, g.limit-stepAbove)
	case ratio < g.roomy() && busy && g.ramp == 0 && g.mayGrow(now):
		l.slow = 0
		if !g.spare && g.hint > 0 {
			if more := math.Min(g.limit+1, math.Min(g.room(), float64(g.top()))); more > g.limit {
				g.goal = more
				g.tryMore()
			}
			return
		}
		g.limit = math.Min(float64(g.top()), g.limit+g.step())
		g.goal = g.limit
	default:
		l.slow = 0
	}
}

// chance is by how much an average may be above the base, where answers vary, and mean nothing.
func (l *latency) chance() float64 {
	if l.base == 0 {
		return 0
	}
	return sureness * l.quiet.noise * math.Sqrt(1/float64(l.count)+1/float64(l.basedOn))
}

// forget has the kind measured anew.
func (l *latency) forget() { l.base, l.quiet = 0, quietTime{} }

// mayGrow is true where it is worth trying more in flight than is known to be good. If it is too
// much, requests wait in the server and are charged for it.
func (g *concurrency) mayGrow(now time.Time) bool {
	found := g.hint > 0 || !g.cutAt.IsZero()
	since := min(now.Sub(g.cutAt), now.Sub(g.joined))
	return !found || g.spare || g.limit < g.hint && since > g.regrow()
}

// baseLife is how long the average of a quiet time is believed.
func (g *concurrency) baseLife(average float64) time.Duration {
	quiet := float64(g.block()) / (g.limit * quietShare) * average
	return max(baseLife, time.Duration(quiet*(1-quietShare)/quietLoss*float64(time.Second)))
}

// step is by how much more is tried: half as many again where nothing is known yet, and above the
// recommended parallelism, which is seldom wrong, by less than one.
func (g *concurrency) step() float64 {
	if g.hint == 0 && g.cutAt.IsZero() {
		return g.limit / 2
	}
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

// measure begins a quiet time: the next round is taken at a share of the concurrency and becomes
// the base of what has none.
func (g *concurrency) measure() {
	if g.hint == 0 && g.cutAt.IsZero() {
		return // a start is quiet
	}
	g.epoch++
	g.goal = math.Max(g.goal, g.limit)
	g.limit = math.Max(1, math.Min(g.limit, quietShare*g.goal))
	g.probe = nil
	switch {
	case !g.cutAt.IsZero() || !g.joined.IsZero() && !g.spare: // what is right is known
	case g.asking():
		g.warm.to = g.evenly()
	default:
		g.warm.to = math.Floor(startShare * g.goal)
	}
}

// full notes that with so many others in flight a request was refused by the concurrency limit.
func (g *concurrency) full(others int) {
	g.trial = trial{}
	g.stay()
	g.ceiling.met(others)
	g.limit = math.Min(g.limit, g.ceiling.most)
	g.goal = math.Min(g.goal, g.ceiling.most)
}

// refused lowers the limit below what was in flight when too many at a time were refused.
func (g *concurrency) refused(inFlight int) {
	g.limit = math.Min(g.limit, float64(inFlight+1))
	g.trial = trial{}
	g.stay()
	g.cut(refusedCut)
	g.goal = g.limit
}

func (g *concurrency) cut(share float64) {
	g.limit = math.Max(1, g.limit*share)
	g.epoch++
	g.stay()
}

// resumeGently starts with half of the requests in flight after a hold.
func (g *concurrency) resumeGently() { g.ramp = math.Max(1, g.limit/2) }
