package store

import "time"

// Counts are the numbers of a run. Received = Activated + Unchanged + Superseded + Excluded + Failed + Pending, always.
type Counts struct {
	Received   int64            `json:"received"`
	Activated  int64            `json:"activated"`
	Unchanged  int64            `json:"unchanged"`
	Superseded int64            `json:"superseded"`
	Excluded   int64            `json:"excluded"`
	Failed     int64            `json:"failed"`
	Pending    int64            `json:"pending"`
	Ignored    int64            `json:"ignored"`  // not part of Received
	Warnings   int64            `json:"warnings"` // values left out of rows activated or unchanged
	Reasons    map[string]int64 `json:"reasons"`  // of excluded and failed rows
	ByStatus   ByStatus         `json:"byStatus"` // activated rows
	ToRead     int64            `json:"toRead"`   // of Pending: to be read from Dynamics before they are decided
	Absent     int64            `json:"absent"`   // of Received: exits by absence

	Duplicates     int64 `json:"duplicates"`     // of Superseded: rows that another one of the same source and contact has overtaken
	WithoutConsent int64 `json:"withoutConsent"` // of Received: members whose exit is for lack of consent
}

// ByStatus is a number for each audience status.
type ByStatus struct {
	Realized int64 `json:"realized"`
	Exited   int64 `json:"exited"`
}

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

// Outcomes of rows.
const (
	OutcomeRead       = "read"    // to be read from Dynamics before it is decided
	OutcomePending    = "pending" // to be sent
	OutcomeActivated  = "activated"
	OutcomeUnchanged  = "unchanged"
	OutcomeSuperseded = "superseded"
	OutcomeFailed     = "failed"
	OutcomeExcluded   = "excluded" // in the rejected table only
)

// ReasonNotFound is the reason of a failed row whose contact Dynamics does not have.
const ReasonNotFound = "contact_not_found"

// ReasonInvalidValue is the reason of a failed row with a value that does not fit its column.
const ReasonInvalidValue = "invalid_value"

// Rejected is an excluded or failed row.
type Rejected struct {
	Run       string
	Position  int64
	Line      int64
	Contact   string
	Outcome   string // OutcomeExcluded, OutcomeFailed
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
