package dynamics

import (
	"cmp"
	"math"
	"slices"
)

const (
	// tolerated is how much slower than in a quiet time an answer may be, and toleratedNoise how
	// many standard deviations.
	tolerated      = 0.03
	toleratedNoise = 1
	// sureNoise is by how many standard deviations an answer is slow beyond doubt.
	sureNoise = 5
	// several answers have to be slow: a single one is by chance.
	several = 3
	// mostWaste is how much time may be lost in servers, in requests, and mostWasteNoise the same
	// in standard deviations.
	mostWaste      = 0.45
	mostWasteNoise = 5
	// mostExcess bounds what a single answer counts for.
	mostExcess = 1
	// slowWeight is the weight of the latest answer in how slow they are.
	slowWeight = 0.5
	// normal makes a standard deviation of the median of differences.
	normal = 1.4826
	// noiseOf is from how many answers the standard deviation is taken.
	noiseOf = 16
	// firstOf is from how many answers a quiet time is learned where they vary.
	firstOf = 32
)

// quietTime is how long requests of a kind take when none waits for another in a server, and how
// much of their time the present ones lose by waiting. How sure that is depends on how much answers
// vary: where all take the same, few of them suffice.
type quietTime struct {
	median float64   // seconds; 0: not known
	faster []float64 // by how much the latest answers were faster, in medians
	noise  float64   // standard deviation, in medians
	first  []timed   // until the median is known

	answers     int
	slowAt      []int   // which of the answers were slow beyond doubt, the latest ones
	leastExcess float64 // by how much the fastest of those was slower; 0: there was none

	wasted        float64 // requests' time lost beyond what is tolerated; never below 0
	since, slower int     // answers since it was 0, and those of them that were too slow
	slow          float64 // and how slow they were, in medians; the latest count most
}

// timed is an answer, and how many others were in flight when it was asked for.
type timed struct {
	took   float64
	others int
}

// take takes in an answer.
func (q *quietTime) take(took float64, others int) {
	if q.median == 0 {
		q.first = append(q.first, timed{took, others})
		return
	}
	ratio := took / q.median
	q.vary(ratio)
	q.count(ratio)
}

// atMost is an answer's part in an average: one that hung is not worth many others.
func (q *quietTime) atMost(took float64) float64 {
	if q.median == 0 {
		return took
	}
	return math.Min(took, (1+mostExcess)*q.median)
}

// learn makes a quiet time of the first answers: of that half of them for which fewer others of
// ours were in flight. All are judged by it.
func (q *quietTime) learn() {
	if q.median > 0 || len(q.first) == 0 {
		return
	}
	slices.SortStableFunc(q.first, func(a, b timed) int { return cmp.Compare(a.others, b.others) })
	var quiet []float64
	for _, a := range q.first[:(len(q.first)+1)/2] {
		quiet = append(quiet, a.took)
	}
	q.median = lowerMedian(quiet)
	for _, took := range quiet {
		q.vary(took / q.median)
	}
	if q.noise > tolerated && len(q.first) < firstOf { // not sure yet
		q.median, q.faster = 0, nil
		return
	}
	for _, a := range q.first {
		q.count(a.took / q.median)
	}
	q.first = nil
}

// vary learns from answers that are not slow by how much they differ: waiting makes none faster.
func (q *quietTime) vary(ratio float64) {
	if ratio > 1 {
		return
	}
	q.faster = append(q.faster, 1-ratio)
	if len(q.faster) > noiseOf {
		q.faster = q.faster[1:]
	}
	q.noise = normal * lowerMedian(q.faster)
}

// count takes in how slow an answer was.
func (q *quietTime) count(ratio float64) {
	q.answers++
	if excess := ratio - 1; excess > math.Max(tolerated, sureNoise*q.noise) {
		if q.slowAt = append(q.slowAt, q.answers); len(q.slowAt) > several {
			q.slowAt = q.slowAt[1:]
		}
		if q.leastExcess == 0 || excess < q.leastExcess {
			q.leastExcess = excess
		}
	}
	excess := math.Min(ratio-1, mostExcess) - math.Max(tolerated, toleratedNoise*q.noise)
	if q.wasted = math.Max(0, q.wasted+excess); q.wasted == 0 {
		q.since, q.slower, q.slow = 0, 0, 0
		return
	}
	if q.since++; excess > 0 {
		q.slower++
	}
	if q.slow == 0 {
		q.slow = ratio
	}
	q.slow += slowWeight * (math.Min(ratio, 1+mostExcess) - q.slow)
}

// some is true where several of so many latest answers were slow beyond doubt.
func (q *quietTime) some(of float64) bool {
	return len(q.slowAt) == several && float64(q.answers-q.slowAt[0]) < of
}

// tooMuch is true where too much time was lost, by most of the answers.
func (q *quietTime) tooMuch() bool {
	return q.wasted > math.Max(mostWaste, mostWasteNoise*q.noise) && q.slower >= several && 2*q.slower >= q.since
}

// mean is how slow answers were, in medians, since time has been lost.
func (q *quietTime) mean() float64 {
	return 1 + math.Max(tolerated, toleratedNoise*q.noise) + q.wasted/float64(max(1, q.since))
}

// forgive forgets what was lost.
func (q *quietTime) forgive() {
	q.slowAt, q.wasted, q.since, q.slower, q.slow = nil, 0, 0, 0, 0
}

func lowerMedian(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[(len(sorted)-1)/2]
}
