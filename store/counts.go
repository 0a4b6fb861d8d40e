package store

import "time"

// GuardNumbers are what the guards judge by.
type GuardNumbers struct {
	ToSend     int64 `json:"toSend"`     // rows pending, after planning
	Exits      int64 `json:"exits"`      // of ToSend: exits
	Turning    int64 `json:"turning"`    // of Exits: contacts realized by the ledger
	Realized   int64 `json:"realized"`   // contacts now realized by the ledger
	Overwrites int64 `json:"overwrites"` // of ToSend: the status column holds a word that is not ours
	Sent       int64 `json:"sent"`       // rows sent so far
	Failed     int64 `json:"failed"`     // of Sent: failed, contact_not_found not counted
	NotFound   int64 `json:"notFound"`   // rows failed with contact_not_found
}

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
