package runs

// Kinds of runs. All of them but KindValidate stage rows, and differ only in how.
const (
	KindActivate = "activate"
	KindPlan     = "plan" // a dry run of any of the others: it decides like them, but never touches the ledgers
	KindReplay   = "replay"
	KindRepair   = "repair"
	KindUnmap    = "unmap"
	KindValidate = "validate" // it stages nothing: it reads back
	KindStream   = "stream"   // an hour of a stream; it gathers the numbers of micro-batches
	// KindMicroBatch is a part of a stream under way. It is not listed: its numbers become the
	// window's.
	KindMicroBatch = "stream-batch"
)

// Statuses of runs.
const (
	StatusRunning   = "running"
	StatusPausing   = "pausing"
	StatusPaused    = "paused"
	StatusWaiting   = "waiting"
	StatusCompleted = "completed"
	StatusFailed    = "failed"
	StatusCanceled  = "canceled"
)

// Ended reports whether a run with this status is over.
func Ended(status string) bool {
	switch status {
	case StatusCompleted, StatusFailed, StatusCanceled:
		return true
	}
	return false
}

// PhaseIdle is the phase of a stream that has nothing to send.
const PhaseIdle = "waiting for profiles"

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

// Reasons of excluded records.
const (
	ReasonMissingContactID = "missing_contact_id"
	ReasonInvalidContactID = "invalid_contact_id"
	ReasonUnknownStatus    = "unknown_status"
	ReasonUnreadable       = "unreadable_record"
)

// Reasons of rows that failed or were left alone, besides those that package dynamics, which stands
// alone, has in its catalogue for what Dynamics refuses.
const (
	ReasonNotFound     = "contact_not_found" // Dynamics does not have the contact
	ReasonInvalidValue = "invalid_value"     // a value does not fit its column
	ReasonChangedSince = "changed_since"     // somebody has changed the column since it was written
)

// Verdicts of a validation.
const (
	VerdictMatch    = "match"
	VerdictMismatch = "mismatch"
	// VerdictUnproven is that of a run which was ended after it had written and before that was
	// read back.
	VerdictUnproven = "unproven"
)
