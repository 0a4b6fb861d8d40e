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
	// safety stays below what was seen to be allowed: the windows slide, and requests take uneven
	// times.
	safety = 0.99
	// leastCut and mostCut bound how much a limit that was met again is lowered.
	leastCut = 0.97
	mostCut  = 0.5
	// many refusals within a window rather mean that the limit itself has fallen; manyCut bounds
	// the step down then.
	many    = 4
	manyCut = 0.8
	// growth is how much is tried above the last known limit: growth * (windows without refusal -
	// patience)², slowly at first, since each refusal costs a Retry-After, and faster when the
	// limit seems to have moved away.
	growth   = 0.02
	patience = 0.5
	// rounding is by how much a Retry-After in whole seconds is too long on average.
	rounding = 500 * time.Millisecond
	// burst is how many seconds of saved-up turns may be used at once.
	burst = 0.25
	// nearly a whole number of servers' documented budgets is taken for that number: the first
	// server that is full refuses, while the others still have room, and requests under way may
	// count already.
	nearly = 0.88
	// fairShare of one server's documented budget is tried where a refusal comes although we used
	// less of it: somebody else uses the same user.
	fairShare = 0.5
	// blamelessShare of one server's documented budget is too little to have met the limit.
	blamelessShare = 0.25
	// leastShare of one server's documented budget is always used: whoever stays can then see that
	// others have gone.
	leastShare = 0.05
)

// What a pacer counts.
const (
	paceRequests = "requests"
	paceBusy     = "busy" // seconds of execution
)

// pacer lets through so much per second as a service protection limit was seen to allow, and never
// more than its pace; everything until the limit has been met once.
type pacer struct {
	kind    string
	used    usage
	most    float64 // per second, whatever is allowed; 0: as much as that
	limit   float64 // per second, at the time of the last refusal; 0: never refused
	window  time.Duration
	since   time.Time // end of the last refusal's hold
	lowered time.Time // when limit was lowered last
	again   int       // refusals within a window since then
	credit  float64
	filled  time.Time
}

// rate is how much per second is let through at the moment; 0: everything.
func (p *pacer) rate(now time.Time) float64 {
	if p.limit == 0 {
		return p.most
	}
	windows := now.Sub(p.since).Seconds() / p.window.Seconds()
	rate := p.limit * (1 + growth*math.Pow(math.Max(0, windows-patience), 2))
	if p.most > 0 {
		rate = math.Min(rate, p.most)
	}
	return rate
}

// free is true as long as everything is let through.
func (p *pacer) free() bool { return p.limit == 0 && p.most == 0 }

// fill adds the credit of the time that has passed.
func (p *pacer) fill(now time.Time) {
	rate := p.rate(now)
	p.credit = math.Max(p.credit, -rate*p.span().Seconds())
	p.credit = math.Min(p.credit+rate*now.Sub(p.filled).Seconds(), math.Max(1, rate*burst))
	p.filled = now
}

// span is how long what was used counts.
func (p *pacer) span() time.Duration {
	if p.window == 0 {
		return nominalWindow
	}
	return p.window
}

// pause is how long it takes until more than need is in credit.
func (p *pacer) pause(now time.Time, need float64) time.Duration {
	if p.free() {
		return 0
	}
	p.fill(now)
	if p.credit >= need && p.credit > 0 {
		return 0
	}
	seconds := (need - p.credit) / p.rate(now)
	return max(minPause, time.Duration(seconds*float64(time.Second)))
}

// take spends credit.
func (p *pacer) take(now time.Time, amount float64) {
	if !p.free() {
		p.credit -= amount
	}
}

// give returns what was taken too much (or takes what was taken too little).
func (p *pacer) give(amount float64) {
	if !p.free() {
		p.credit += amount
	}
}

// refused learns from a refusal by this limit: at that moment a whole window's budget was used up,
// so what we used of it in that window is what the limit allows us. Further refusals within a
// window come from how that budget was used, in bursts or evenly: their Retry-After is obeyed, and
// the limit stays, unless they are many.
func (p *pacer) refused(now time.Time, e *Error) {
	before := p.rate(now)
	p.since = now.Add(e.RetryAfter)
	p.credit, p.filled = 0, p.since
	if p.limit == 0 {
		p.window = p.guessWindow(now, e.RetryAfter)
		p.lower(now, math.Max(p.wholeServers(now, e), fairShare*p.budget(e)), e)
		return
	}
	if now.Sub(p.lowered) < p.window {
		p.limit = before
		if p.again++; p.again%many == 0 {
			p.limit = math.Max(before*manyCut, math.Min(before, p.allowed(now)*safety))
		}
		return
	}
	// Less than half of what we thought would rather mean that the window is longer than we know,
	// or that others use the same user: then it comes down in steps.
	p.lower(now, math.Max(before*mostCut, math.Min(p.allowed(now), before*leastCut/safety)), e)
}

// allowed is what we used per second in the window until now.
func (p *pacer) allowed(now time.Time) float64 {
	return p.used.within(now, p.window) / p.window.Seconds()
}

// wholeServers is allowed, or the budget of so many whole servers if it is nearly that.
func (p *pacer) wholeServers(now time.Time, e *Error) float64 {
	allowed, budget := p.allowed(now), p.budget(e)
	if budget == 0 {
		return allowed
	}
	if whole := math.Ceil(allowed/budget) * budget; allowed >= nearly*whole {
		return whole
	}
	return allowed
}

func (p *pacer) lower(now time.Time, allowed float64, e *Error) {
	p.limit = max(allowed*safety, leastShare*p.budget(e), 1/p.window.Seconds())
	p.lowered, p.again = now, 0
}

// blameless is true if our own use of the budget that a refusal names is too little to have caused
// it.
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
