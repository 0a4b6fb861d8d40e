package workflows

import (
	"time"

	"audienceflow/runs"
)

const (
	// paceOver is the time by which it is judged how fast something is: what was before says little
	// of what comes.
	paceOver = 2 * time.Minute
	// paceEvery is how close two looks are that both count.
	paceEvery = time.Second
)

// pace is how fast something that is counted was of late, while it was being done.
type pace struct {
	looks []paceLook
	left  int64 // when it was looked at last
}

type paceLook struct {
	at   time.Time
	left int64
}

// begin begins to count.
func (p *pace) begin(at time.Time, left int64) {
	p.looks, p.left = append(p.looks[:0], paceLook{at, left}), left
}

// goOn leaves out the time since the last look, in which nothing was to be done.
func (p *pace) goOn(at time.Time) {
	if len(p.looks) > 0 {
		p.begin(at, p.left)
	}
}

// stoodStill reports whether nothing was seen for so long that it says nothing of what comes.
func (p *pace) stoodStill(at time.Time) bool {
	last := len(p.looks) - 1
	return last >= 0 && at.Sub(p.looks[last].at) >= paceOver/2
}

// progress takes in how far it is, and tells that with how fast it was of late.
func (p *pace) progress(at time.Time, what string, done, of int64) *runs.Progress {
	left := of - done
	if len(p.looks) == 0 {
		p.begin(at, left)
	}
	p.left = left
	if at.Sub(p.looks[len(p.looks)-1].at) >= paceEvery {
		p.looks = append(p.looks, paceLook{at, left})
	}
	for len(p.looks) > 1 && at.Sub(p.looks[1].at) >= paceOver {
		p.looks = p.looks[1:]
	}
	since := p.looks[0]
	now := runs.ProgressOf(what, since.left-left, since.left, at.Sub(since.at))
	switch {
	case done <= 0:
		return nil
	case now == nil:
		now = &runs.Progress{What: what}
	}
	now.Done, now.Of = done, of
	return now
}
