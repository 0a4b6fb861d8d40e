package dynamics

import "math"

const (
	// probeGap is how many answers lie between a refusal by the concurrency limit and the next try
	// to have one more in flight: half of the one refusal in a hundred that is tolerable. It
	// doubles up to mostProbeGap as long as that fails.
	probeGap     = 200
	mostProbeGap = 1600
	// probeStep is by how much of the concurrency limit more is tried then, one at least.
	probeStep = 0.1
)

// ceiling is the concurrency limit as far as it has been met.
type ceiling struct {
	most    float64 // requests in flight that are not refused; 0: never met
	gap     int     // answers until one more is tried
	answers int     // since the last change
	raised  bool    // the last change was upwards
}

// met notes that with so many others in flight a request was refused.
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
