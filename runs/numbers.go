package runs

// Numbers count the rows of a run, or of one of its batches, by outcome. Received is always the sum
// of Activated, Unchanged, Superseded, Excluded, Failed and Pending.
type Numbers struct {
	Received   int64            `json:"received"`
	Activated  int64            `json:"activated"`
	Unchanged  int64            `json:"unchanged"`
	Superseded int64            `json:"superseded"`
	Excluded   int64            `json:"excluded"`
	Failed     int64            `json:"failed"`
	Pending    int64            `json:"pending"`
	Ignored    int64            `json:"ignored"`  // records without a membership of this audience; not part of Received
	Warnings   int64            `json:"warnings"` // values left out of rows activated or unchanged
	Reasons    map[string]int64 `json:"reasons"`  // of excluded and failed rows
	ByStatus   ByStatus         `json:"byStatus"` // of activated rows
	// Duplicates are, of Superseded, rows that another one of the same contact and source has
	// overtaken; the others are not newer than what was exported.
	Duplicates int64 `json:"duplicates"`
	// WithoutConsent are, of Received, members whose exit is for lack of consent (requireConsent).
	WithoutConsent int64 `json:"withoutConsent"`
	// HeldBack are, of Activated and Unchanged, rows with a value from an older source than what was
	// activated since: what is newer was kept.
	HeldBack int64 `json:"heldBack,omitempty"`
	// ToRead are, of Pending, rows whose contact has to be read from Dynamics before they are
	// decided.
	ToRead int64 `json:"toRead,omitempty"`
	// Absent are, of Received, exits of contacts that the source, being complete, does not name any
	// more.
	Absent int64 `json:"absent,omitempty"`
}

// ByStatus counts contacts by audience status.
type ByStatus struct {
	Realized int64 `json:"realized"`
	Exited   int64 `json:"exited"`
}

// Sum is the number of contacts of either status.
func (b ByStatus) Sum() int64 { return b.Realized + b.Exited }

// FailedForShare counts the failed rows that maxFailedShare is a share of: contacts that Dynamics
// does not hold are left out. Workflows go by it, so that a change of it stands behind
// workflow.GetVersion.
func (n Numbers) FailedForShare() int64 { return n.Failed - n.Reasons[ReasonNotFound] }
