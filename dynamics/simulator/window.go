package simulator

import "time"

// window sums what happened in the last 300 seconds, in steps of half a second.
type window struct {
	step  time.Duration
	sums  [windowSteps]float64
	steps [windowSteps]int64 // which step of time a sum belongs to
	total float64
	last  int64
}

const windowSteps = 600

func newWindow(length time.Duration) *window {
	w := &window{step: length / windowSteps}
	for i := range w.steps {
		w.steps[i] = -1
	}
	return w
}

// advance drops what has left the window at time at.
func (w *window) advance(at time.Duration) {
	now := int64(at / w.step)
	for s := max(w.last+1, now-windowSteps+1); s <= now; s++ {
		i := s % windowSteps
		w.total -= w.sums[i]
		w.sums[i], w.steps[i] = 0, s
	}
	w.last = max(w.last, now)
}

func (w *window) add(at time.Duration, n float64) {
	w.advance(at)
	i := w.last % windowSteps
	w.steps[i] = w.last
	w.sums[i] += n
	w.total += n
}

func (w *window) sum(at time.Duration) float64 {
	w.advance(at)
	return w.total
}

// wait gives how long it takes until the sum has fallen below limit, when nothing is added.
func (w *window) wait(at time.Duration, limit float64) time.Duration {
	w.advance(at)
	left := w.total
	for s := w.last - windowSteps + 1; s <= w.last; s++ {
		if left < limit {
			return max(0, time.Duration(s-1+windowSteps)*w.step-at)
		}
		if i := s % windowSteps; s >= 0 && w.steps[i] == s {
			left -= w.sums[i]
		}
	}
	return time.Duration(w.last+windowSteps)*w.step - at
}
