package runs

import "time"

const (
	// rateOver is the time by which it is judged how fast something is: what was before says little
	// of what comes.
	rateOver = 2 * time.Minute
	// rateEvery is how close two looks are that both count.
	rateEvery = time.Second
)

// Rate is how fast something that is counted was of late, while it was being done. The zero value
// has seen nothing.
type Rate struct {
	looks []rateLook
	left  int64 // when it was looked at last
}

type rateLook struct {
	at   time.Time
	left int64
}

// Begin begins to count with so much left to do.
func (r *Rate) Begin(at time.Time, left int64) {
	r.looks, r.left = append(r.looks[:0], rateLook{at, left}), left
}

// GoOn leaves out the time since the last look, in which nothing was to be done.
func (r *Rate) GoOn(at time.Time) {
	if len(r.looks) > 0 {
		r.Begin(at, r.left)
	}
}

// StoodStill reports whether nothing was seen for so long that it says nothing of what comes.
func (r *Rate) StoodStill(at time.Time) bool {
	last := len(r.looks) - 1
	return last >= 0 && at.Sub(r.looks[last].at) >= rateOver/2
}

// Progress takes in how far it is, done of so many, and tells that with how fast it was of late; nil
// where there is nothing to tell yet.
func (r *Rate) Progress(at time.Time, what string, done, of int64) *Progress {
	left := of - done
	if len(r.looks) == 0 {
		r.Begin(at, left)
	}
	r.left = left
	if at.Sub(r.looks[len(r.looks)-1].at) >= rateEvery {
		r.looks = append(r.looks, rateLook{at, left})
	}
	for len(r.looks) > 1 && at.Sub(r.looks[1].at) >= rateOver {
		r.looks = r.looks[1:]
	}
	since := r.looks[0]
	now := ProgressOf(what, since.left-left, since.left, at.Sub(since.at))
	switch {
	case done <= 0:
		return nil
	case now == nil:
		now = &Progress{What: what}
	}
	now.Done, now.Of = done, of
	return now
}
