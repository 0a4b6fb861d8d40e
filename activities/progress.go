package activities

import "time"

// Progress is how far a phase of a run is: Done of Of (0: not known), how many a second, and about how long the rest takes.
type Progress struct {
	What        string  `json:"what"` // records, contacts or rows
	Done        int64   `json:"done"`
	Of          int64   `json:"of,omitempty"`
	PerSecond   float64 `json:"perSecond,omitempty"`
	SecondsLeft float64 `json:"secondsLeft,omitempty"`
}

// ProgressOf is the progress of a phase that has come so far in a time; nil where there is nothing to tell.
func ProgressOf(what string, done, of int64, took time.Duration) *Progress {
	if done <= 0 {
		return nil
	}
	p := &Progress{What: what, Done: done, Of: of}
	if took >= time.Second {
		p.PerSecond = float64(done) / took.Seconds()
		if of > done {
			p.SecondsLeft = float64(of-done) / p.PerSecond
		}
	}
	return p
}
