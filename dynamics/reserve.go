package dynamics

import (
	"math"
	"time"
)

const (
	// reserved is the share of a budget that stays for who is urgent, as a stream or a small run is
	// beside a backfill.
	reserved = 0.05
	// evenFrom is the share of the budget from which on somebody urgent needs more than that: it is
	// spent evenly then.
	evenFrom = reserved / 2
	// urgentFor is how long after an urgent request the budget is shared with regard to it: as long
	// as more of them are to be expected.
	urgentFor = time.Hour
	// tryBefore is how long before that much is forgotten more than the budget is tried.
	tryBefore = 5 * time.Second
)

// kept is how much of the budget stays for who is urgent. It gets less until as much is forgotten
// of what was used, and nothing of the budget is lost.
func (p *pacer) kept(now time.Time) float64 {
	keep := reserved * p.budget
	until := p.used.frees(now, p.window, keep)
	return keep * math.Min(1, until.Seconds()/p.window.Seconds())
}

// keptPause is how long it takes until somebody who is not urgent may use so much more.
func (p *pacer) keptPause(now time.Time, need float64) time.Duration {
	if !p.met || p.doubted {
		return 0
	}
	settled := p.used.within(now, p.window)
	lacks := settled + p.pending + need - (p.budget - p.kept(now))
	if lacks <= 0 || p.tryMore(now, settled) {
		return 0
	}
	perSecond := reserved * p.budget / p.window.Seconds()
	return max(minPause, min(seconds(lacks/perSecond), p.used.frees(now, p.window, lacks)))
}

// tryMore takes the budget to have grown a little where a window has passed without a refusal, and
// by twice as much each time that this was granted: nobody tells when there is more. That is tried
// shortly before budget is free in any case, so that a refusal does not last.
func (p *pacer) tryMore(now time.Time, settled float64) bool {
	switch {
	case now.Sub(p.refusal) < p.window, p.used.frees(now, p.window, reserved*p.budget) > tryBefore:
		return false
	case now.Sub(p.grown) > p.window:
		p.growth = evenGrowth - 1
	case settled >= p.before && p.growth > 0:
		p.growth = math.Min(2*p.growth, 1)
	default:
		return false
	}
	p.before, p.grown = p.budget, now
	p.budget *= 1 + p.growth
	return true
}

// usedUrgently books what somebody urgent has used.
func (p *pacer) usedUrgently(now time.Time, used float64) {
	p.urgentUse.add(now, used)
	if p.met && p.urgentUse.within(now, p.window) > evenFrom*p.budget {
		p.even = now
	}
}

// leaves is true where a request of this priority leaves the reserve alone: one of a backfill does
// always, any other as long as somebody urgent is to be expected.
func (l *limiter) leaves(now time.Time, priority int) bool {
	return priority < 0 || priority == 0 && !l.urgent.IsZero() && now.Sub(l.urgent) < urgentFor
}
