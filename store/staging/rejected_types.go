package staging

import "time"

// States of rejected rows.
const (
	RejectedKept       = "kept"
	RejectedSent       = "sent"
	RejectedDismissed  = "dismissed"
	RejectedSuperseded = "superseded"
)

// Rejected is an excluded or failed row.
type Rejected struct {
	Run       string
	Position  int64
	Line      int64
	Record    int64 // as in Row
	Contact   string
	Outcome   string // runs.OutcomeExcluded, runs.OutcomeFailed
	Reason    string
	Column    string
	Code      string
	Text      string // Dynamics' own words: may hold ids and values, never to be logged
	RequestID string
	At        time.Time
	State     string // RejectedKept, RejectedSent, RejectedDismissed, RejectedSuperseded
}

// RejectedQuery selects rejected rows, in the order of the source; empty fields select all.
type RejectedQuery struct {
	AfterPosition int64  // the last row of the page before; 0 and "" begin
	AfterContact  string // the same row's contact
	Outcome       string
	State         string
	Limit         int // 0: DefaultRejected
}

// DefaultRejected is the size of a page of rejected rows without a limit.
const DefaultRejected = 1000
