package dynamics

import (
	"math"
	"time"
)

const (
	// nominalWindow is the documented sliding window; a shorter one is believed where a server
	// shows it.
	nominalWindow = 300 * time.Second
	minWindow     = time.Second
	// rounding is by how much a Retry-After in whole seconds is too long on average.
	rounding = 500 * time.Millisecond
	// leastGap is how long after a Retry-After more than the budget is tried, gapShare times what a
	// request takes at least: what was sent first a window ago is forgotten by then. It doubles up
	// to mostGap where one try after the other is refused.
	leastGap = 2 * time.Second
	gapShare = 2
	mostGap  = time.Minute
	// burst is how many seconds of saved-up turns an even pace may use at once.
	burst = 0.25
	// evenShare of the budget is spent evenly: the rest is for what a pace cannot foresee.
	evenShare = 0.97
	// evenGrowth is by how much the budget is taken to have grown where a window was spent evenly
	// and nothing was refused: nobody tells when there is more.
	evenGrowth = 1.02
	// blamelessShare of one server's documented budget is too little to have met the limit.
	blamelessShare = 0.25
	// doubtFor is how soon a second such refusal has to follow for the limit to be that low.
	doubtFor = 2 * nominalWindow
)

// What a pacer counts.
const (
	paceRequests = "requests"
	paceBusy     = "busy" // seconds of execution
)

// pacer keeps a user within one service protection limit. Nobody tells how much that is, so
// everything is let through until the limit is met. Then the budget is known: it is what we used
// within the window until that moment. From then on as much is let through as leaves the budget
// whole, as fast as the servers bear it, since a window's budget is there from its beginning. Where
// the budget is spent, a single request tries for more from time to time, and others follow as long
// as they are answered: the limit may have moved, or others may have left us their part.
//
// A part of the budget stays for who is urgent, as a stream is beside a backfill. Where that is not
// enough the budget is spent evenly: who spends it at once leaves nothing to the others until the
// window is over.
type pacer struct {
	kind    string
	used    usage
	pending float64 // of requests in flight, as far as expected
	met     bool
	doubted bool          // the last refusal may have been a stray one: our own use cannot have met the limit
	budget  float64       // what a window was seen to grant, once the limit was met
	window  time.Duration // how long what was used counts
	refusal time.Time     // the last one
	tryAt   time.Time     // when more than the budget may be tried
	gap     time.Duration // how long after a Retry-After that was

	most   float64 // per second, at an even pace, whatever is granted; 0: no such pace
	credit float64
	filled time.Time

	urgentUse usage     // of used, what was urgent
	even      time.Time // when that was last more than what is reserved for it
	growth    float64   // by how much the budget was last taken to have grown
	before    float64   // and what it was before
	grown     time.Time // when the budget was last taken to have grown
}

// rate is how much per second is let through in the long run; 0: not known.
func (p *pacer) rate() float64 {
	switch {
	case !p.met:
		return p.most
	case p.most > 0:
		return math.Min(p.most, p.budget/p.window.Seconds())
	}
	return p.budget / p.window.Seconds()
}

// pace is how much per second is let through at an even pace; 0: there is none.
func (p *pacer) pace(now time.Time) float64 {
	if p.evenly(now) {
		return evenShare * p.rate()
	}
	return p.most
}

// evenly is true where the budget must not be spent at once.
func (p *pacer) evenly(now time.Time) bool {
	return p.met && !p.doubted && !p.even.IsZero() && now.Sub(p.even) < urgentFor
}

// grow takes the budget to have grown where it was spent evenly for a window without a refusal.
func (p *pacer) grow(now time.Time) {
	if now.Sub(p.grown) > p.window && now.Sub(p.refusal) > p.window {
		p.budget, p.grown = evenGrowth*p.budget, now
	}
}

// pause is how long it takes until more may be used. Where our own use is about to be forgotten,
// that is waited for: a try would meet the limit. But once a window something is tried in any case,
// and sooner where we use too little to have met the limit by ourselves.
func (p *pacer) pause(now time.Time, need float64) time.Duration {
	pause := p.evenPause(now, need)
	if !p.spent(now, need) {
		return pause
	}
	frees := p.used.frees(now, p.window, p.used.within(now, p.window)+p.pending+need-p.budget)
	switch {
	case p.ours() && frees <= p.gap && now.Sub(p.refusal) < p.window:
		return max(pause, frees)
	case p.tryAt.After(now):
		return max(pause, min(frees, p.tryAt.Sub(now)))
	}
	return pause
}

// spent is true when a window's budget does not suffice for more. An even pace does not spend it.
func (p *pacer) spent(now time.Time, need float64) bool {
	if !p.met || p.evenly(now) {
		return false
	}
	used := p.used.within(now, p.window) + p.pending
	return used >= p.budget || used+need > p.budget
}

// take reserves what a request is expected to use.
func (p *pacer) take(now time.Time, amount float64) {
	p.pending += amount
	if p.pace(now) > 0 {
		p.fill(now)
		p.credit -= amount
	}
	if p.evenly(now) {
		p.grow(now)
	}
}

// settle books what a request has used in place of what was reserved for it; nothing if it was
// refused. What was granted is within the budget.
func (p *pacer) settle(now time.Time, reserved, used float64) {
	p.pending = math.Max(0, p.pending-reserved)
	if p.pace(now) > 0 {
		p.credit += reserved - used
	}
	if used > 0 {
		p.used.add(now, used)
		if p.met {
			p.budget = math.Max(p.budget, p.used.within(now, p.window))
		}
	}
}

// refused learns from a refusal by this limit of a request that was expected to take so long: at
// that moment a window's budget was used up, so what we used of it is what there is for us.
func (p *pacer) refused(now time.Time, e *Error, expect time.Duration) {
	switch {
	case !p.met:
		p.window = p.guessWindow(now, e.RetryAfter)
	case p.used.within(now, p.window)+p.pending < p.budget: // there should have been room: it seems to count for longer
		p.window = min(2*p.window, nominalWindow)
	}
	again := now.Sub(p.refusal) < p.window/2
	first := now.Sub(p.refusal) > doubtFor
	p.met, p.budget, p.refusal, p.growth = true, p.used.within(now, p.window), now, 0
	switch {
	case again:
		p.gap = min(mostGap, max(2*p.gap, leastGap))
	case p.ours():
		p.gap = max(leastGap, gapShare*expect)
	default:
		p.gap = 0
	}
	p.doubted = first && !p.ours()
	p.tryAt = now.Add(e.RetryAfter + p.gap)
}

// ours is true where we use enough to have met the limit by ourselves.
func (p *pacer) ours() bool {
	return p.budget >= blamelessShare*p.documented()*p.window.Seconds()
}

// blameless is true where our own use cannot have met the limit that a refusal names.
func (p *pacer) blameless(now time.Time, e *Error) bool {
	window := p.window
	if window == 0 {
		window = p.guessWindow(now, e.RetryAfter)
	}
	return p.used.within(now, window)/window.Seconds() < blamelessShare*p.budgetIn(window, e)
}

// guessWindow: the Retry-After of the first refusal ends when the first requests leave the window.
func (p *pacer) guessWindow(now time.Time, wait time.Duration) time.Duration {
	active := min(now.Sub(p.used.begin()), nominalWindow)
	return max(minWindow, min(active+wait-rounding, nominalWindow))
}

// evenPause is how long it takes until more than need is in credit at an even pace. No debt
// outlives the window that it was made in.
func (p *pacer) evenPause(now time.Time, need float64) time.Duration {
	pace := p.pace(now)
	if pace == 0 {
		return 0
	}
	p.fill(now)
	if p.credit >= need && p.credit > 0 {
		return 0
	}
	seconds := (need - p.credit) / pace
	return max(minPause, time.Duration(seconds*float64(time.Second)))
}

// fill adds the credit of the time that has passed.
func (p *pacer) fill(now time.Time) {
	pace := p.pace(now)
	p.credit = math.Max(p.credit, -pace*nominalWindow.Seconds())
	p.credit = math.Min(p.credit+pace*now.Sub(p.filled).Seconds(), math.Max(1, pace*burst))
	p.filled = now
}
