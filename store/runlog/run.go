package runlog

import "time"

// Run is one run of a workflow: what it is for, where it stands, and when it is over, its report.
type Run struct {
	Run         string // our own id, the same across continue-as-new
	WorkflowID  string
	Destination string
	Audience    string
	Namespace   string
	MappingID   string
	Column      string // logical name of the status column; may be empty until the column is resolved
	Kind        string // one of the Kind constants

	Status string    // one of the Status constants; BeginRun makes an empty one runs.StatusRunning
	Reason string    // why it is paused, waiting, failed or canceled
	By     string    // who asked for that
	Since  time.Time // since when

	AsOf           time.Time // of the source, from PinSource
	SourceIdentity string    // of the source, from PinSource
	StagedPosition int64     // records of the source staged so far
	StagingDone    bool
	Ignored        int64 // records without a membership of this audience

	StartedAt time.Time // BeginRun makes a zero one the present
	EndedAt   time.Time // zero while the run is under way
	Report    []byte    // JSON, written by EndRun
	Error     string    // of a failed run; holds no contacts and no values
}

// Over reports whether the run has ended.
func (r Run) Over() bool { return !r.EndedAt.IsZero() }

// Filter selects runs; an empty field selects all. Newest first.
type Filter struct {
	Destination string
	Audience    string
	Namespace   string
	WorkflowID  string
	Kind        string
	Statuses    []string
	Open        bool      // only those that have not ended
	Before      time.Time // started before, for paging; zero: no bound
	Limit       int       // 0: DefaultRuns
}

// DefaultRuns is how many runs a filter without a limit gives: a screen's worth.
const DefaultRuns = 50
