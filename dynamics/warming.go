package dynamics

import (
	"math"
	"math/rand/v2"
	"time"
)

const (
	// startShare of the recommended parallelism is in flight soon after the start, before the first
	// answer shows how long requests take.
	startShare = 0.75
	// evenStart is the same where servers tell what others use.
	evenStart = 0.5
	// warmStep is how long it takes at the start until one more follows: a limit of those at a time
	// is met by few then.
	warmStep = 50 * time.Millisecond
)

// warming is the start of a job: one more in flight every now and then, unless something speaks
// against it.
type warming struct {
	to float64 // in flight, 0: it is over
	at time.Time
}

// warmUp has one more in flight where it is time, and tells when the next one follows; 0: none.
func (g *concurrency) warmUp(now time.Time) time.Duration {
	w := &g.warm
	if g.limit >= w.to || g.ramp > 0 {
		w.at = time.Time{}
		return 0
	}
	if w.at.IsZero() {
		w.at = now.Add(someWarmStep())
	}
	for ; g.limit < w.to && !now.Before(w.at); w.at = w.at.Add(someWarmStep()) {
		g.limit = math.Min(g.limit+1, w.to)
	}
	return max(0, w.at.Sub(now))
}

// stay ends warming and probing.
func (g *concurrency) stay() { g.probe, g.warm = nil, warming{} }

// someWarmStep varies, so that processes that begin together do not keep step.
func someWarmStep() time.Duration { return warmStep/2 + rand.N(warmStep) }
