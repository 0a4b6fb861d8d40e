package main

import (
	"slices"
	"time"
)

// span is a stretch of time in which something was under way.
type span struct{ from, to time.Time }

// spans are those of one stage; they may overlap.
type spans []span

// merged gives the stretches in which at least one was under way, in order.
func (s spans) merged() spans {
	sorted := slices.Clone(s)
	slices.SortFunc(sorted, func(a, b span) int { return a.from.Compare(b.from) })
	var out spans
	for _, next := range sorted {
		if last := len(out) - 1; last >= 0 && !next.from.After(out[last].to) {
			if next.to.After(out[last].to) {
				out[last].to = next.to
			}
			continue
		}
		out = append(out, next)
	}
	return out
}

// length is how long at least one of them was under way.
func (s spans) length() (total time.Duration) {
	for _, stretch := range s.merged() {
		total += stretch.to.Sub(stretch.from)
	}
	return total
}

// mean is how long one of them takes on average.
func (s spans) mean() (mean time.Duration) {
	for _, one := range s {
		mean += one.to.Sub(one.from) / time.Duration(len(s))
	}
	return mean
}

// longestGap is the longest stretch in between in which none was under way.
func (s spans) longestGap() (gap time.Duration) {
	stretches := s.merged()
	for i := 1; i < len(stretches); i++ {
		gap = max(gap, stretches[i].from.Sub(stretches[i-1].to))
	}
	return gap
}

// whole is the stretch from the first beginning to the last end.
func (s spans) whole() span {
	m := s.merged()
	if len(m) == 0 {
		return span{}
	}
	return span{m[0].from, m[len(m)-1].to}
}

// reading is the CPU time that a process has used by a moment.
type reading struct {
	at   time.Time
	used time.Duration
}

// usage are readings in the order of their times.
type usage []reading

// by gives the time used by a moment, between two readings in proportion.
func (u usage) by(at time.Time) time.Duration {
	n, _ := slices.BinarySearchFunc(u, at, func(r reading, at time.Time) int { return r.at.Compare(at) })
	switch {
	case len(u) == 0:
		return 0
	case n == 0:
		return u[0].used
	case n == len(u):
		return u[n-1].used
	}
	before, after := u[n-1], u[n]
	part := float64(at.Sub(before.at)) / float64(after.at.Sub(before.at))
	return before.used + time.Duration(part*float64(after.used-before.used))
}

// within is the CPU time used in the stretches of a stage.
func (u usage) within(s spans) (total time.Duration) {
	for _, stretch := range s.merged() {
		total += u.by(stretch.to) - u.by(stretch.from)
	}
	return total
}

// perContact gives the CPU time of each stage in microseconds per contact.
func (u usage) perContact(t trace, contacts int) StageCosts {
	each := func(s spans) float64 { return float64(u.within(s).Microseconds()) / float64(contacts) }
	return StageCosts{
		Stages: Stages{Stage: each(t.stage), Plan: each(t.plan), Read: each(t.read), Send: each(t.send), Validate: each(t.validate)},
		Whole:  each(spans{{t.began, t.ended}}),
	}
}
