package runs

import "time"

// Progress is how far a phase of a run is: Done of Of (0: not known), how many a second, and about
// how long the rest takes.
type Progress struct {
	What        string  `json:"what"` // records, contacts or rows
	Done        int64   `json:"done"`
	Of          int64   `json:"of,omitempty"`
	PerSecond   float64 `json:"perSecond,omitempty"`
	SecondsLeft float64 `json:"secondsLeft,omitempty"`
}

// ProgressOf is the progress of a phase that has come so far in a time; nil where there is nothing
// to tell.
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

// StreamStatus is how far a stream is behind: events received and not yet settled, and how long the
// oldest of them waits.
type StreamStatus struct {
	Backlog    int64   `json:"backlog"`
	LagSeconds float64 `json:"lagSeconds"`
	// Unmapped counts bodies for the destination, by sender, that held no profile of an audience
	// that is streamed to it. The starter adds it from the store.
	Unmapped []UnmappedBodies `json:"unmapped,omitempty"`
}

// UnmappedBodies counts the bodies of a sender that held profiles, but none of an audience that is
// streamed to the destination.
type UnmappedBodies struct {
	Destination string    `json:"-"`
	Sender      string    `json:"sender"`
	Bodies      int64     `json:"bodies"`
	Profiles    int64     `json:"profiles"`
	First       time.Time `json:"first"`
	Last        time.Time `json:"last"`
}

// DailyRows is where a destination's DYNAMICS_DAILY_ROWS stand for rows that are to be sent.
type DailyRows struct {
	// Limit is how many rows may be sent in 24 hours, Used how many were, by any run, and Left what
	// is left of it now.
	Limit int64 `json:"limit"`
	Used  int64 `json:"used"`
	Left  int64 `json:"left"`
	// ToSend counts the rows still to be sent. Until says, where they do not fit, from when on as
	// many of them do as ever fit at once.
	ToSend int64      `json:"toSend"`
	Until  *time.Time `json:"until,omitempty"`
	// WaitMinutes is about how long sending has to wait in all, 0 where everything fits.
	WaitMinutes float64 `json:"waitMinutes"`
}
