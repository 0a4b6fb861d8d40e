package simulator

import (
	"math"
	"slices"
	"time"
)

// Least is the least time in which these servers, unused so far, let a job finish: so many requests
// of so many rows each, for one user.
//
// It is what a client would need that knows the limits and the service times, but not to which
// server a request goes. Such a client keeps as many requests in flight as serves it best, is never
// refused, and goes on at the moment when a server forgets what was sent a window ago. Where a
// server's budget is spent in S seconds at full speed, and S is less than the window of 300
// seconds, a job of W budgets takes
//
//	300·(⌈W⌉ - 1) + S·(W - ⌈W⌉ + 1)
//
// and the service time of its last request: budgets are spent as soon as they are there, and the
// next one comes a window after the first request of the one before. Where S is more than 300
// seconds no limit of a window is met, and the job takes W·S. On several servers, which work in
// turn, some have more to do than others at any moment, and no formula says how many requests in
// flight are best. So the job is rehearsed with each number that may be.
func (s *Servers) Least(requests, rows int) time.Duration {
	best := time.Duration(math.MaxInt64)
	for _, inFlight := range s.load.bearable() {
		best = min(best, s.load.rehearse(requests, rows, inFlight))
	}
	return best
}

// bearable are the numbers of requests in flight that may be the best: from half to twice of what
// the servers work on without slowing down, by eighths.
func (l *load) bearable() []int {
	most := l.limits.Concurrency * len(l.servers)
	even := max(1, min(int(float64(l.limits.Parallelism)-l.limits.othersInFlight())*len(l.servers), most))
	if len(l.servers) == 1 {
		return []int{even}
	}
	var some []int
	for eighths := 4; eighths <= 16; eighths++ {
		some = append(some, min(most, (even*eighths+7)/8))
	}
	return slices.Compact(some)
}

// rehearsal is a job done in no time, by a clock of its own.
type rehearsal struct {
	load *load
	at   time.Time
	ends []end // those in flight, the first to end first
}

type end struct {
	at    time.Time
	visit *visit
}

// rehearse gives how long the job takes with so many requests in flight at most.
func (l *load) rehearse(requests, rows, inFlight int) time.Duration {
	begin := time.Unix(0, 0)
	r := &rehearsal{at: begin}
	stats := &statistics{}
	stats.clear(begin)
	r.load = newLoad(Options{Servers: len(l.servers), TimeScale: l.scale}, func() time.Time { return r.at }, stats)
	r.load.limits = l.limits
	for range requests {
		for len(r.ends) >= inFlight || !r.load.room() {
			r.pass()
		}
		r.send(rows)
	}
	for len(r.ends) > 0 {
		r.pass()
	}
	return r.at.Sub(begin)
}

func (r *rehearsal) send(rows int) {
	v, _ := r.load.admit("", "") // there is room
	e := end{r.at.Add(v.charge(rows)), v}
	n, _ := slices.BinarySearchFunc(r.ends, e, func(a, b end) int { return a.at.Compare(b.at) })
	r.ends = slices.Insert(r.ends, n, e)
}

// pass lets the first request in flight end or, when none is, half a second go by: the grain of the
// windows.
func (r *rehearsal) pass() {
	step := time.Duration(float64(windowLength/windowSteps) / r.load.scale)
	next := r.at.Add(step)
	if len(r.ends) == 0 || next.Before(r.ends[0].at) && !r.load.room() {
		r.at = next
		return
	}
	r.at = r.ends[0].at
	r.ends[0].visit.leave()
	r.ends = r.ends[1:]
}

// room is true while the next server has room in its windows and any server for one more at a time.
func (l *load) room() bool {
	for _, s := range l.servers {
		if float64(s.inFlight+1)+l.limits.othersInFlight() > float64(l.limits.Concurrency) {
			return false
		}
	}
	at, next := l.time(), l.servers[(l.next+1)%len(l.servers)]
	requests, seconds := l.limits.left()
	return !l.limits.On || next.requests.sum(at) < requests && next.seconds.sum(at) < seconds
}
