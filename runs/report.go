package runs

import "time"

// Where the numbers of a run are from that no worker answers for.
const (
	NumbersOfStore = "store"
	// NumbersNowhere: they are not known, and stand at 0 for that.
	NumbersNowhere = "nowhere"
)

// Report is what a run says of itself: the result of ActivateAudience, the answer to its query
// "status", and the JSON of the commands that start and watch it.
type Report struct {
	Run         string `json:"run"`
	WorkflowID  string `json:"workflowId"`
	Kind        string `json:"kind"`
	Destination string `json:"destination"`
	Audience    string `json:"audience"`
	Name        string `json:"name,omitempty"`
	MappingID   string `json:"mappingId"`
	Column      string `json:"column"`
	// StoreID tells which activation store holds the rows behind the numbers.
	StoreID string `json:"storeId,omitempty"`

	Status string `json:"status"`
	// Plans is the kind of the run that a dry run is of, where that is not an activation.
	Plans string `json:"plans,omitempty"`
	// Cleared and Kept are, of an unmapping, the contacts whose column was cleared (or got the word
	// of its policy), and those whose column stays as it is. They are among Activated, Unchanged
	// and Excluded; the starter sets them.
	Cleared *int64 `json:"cleared,omitempty"`
	Kept    *int64 `json:"kept,omitempty"`
	// Verdict is the validation's: match, mismatch, unproven where the run ended before it, or
	// empty where there is none; the starter sets it.
	Verdict string `json:"verdict"`
	// Phase is the step under way: "signing in", "staging" and so on. Empty once the run has ended.
	Phase string `json:"phase,omitempty"`
	// Reason, By and Since say why, by whom and since when a run is pausing, paused or waiting;
	// Reason also why it failed.
	Reason string     `json:"reason,omitempty"`
	By     string     `json:"by,omitempty"`
	Since  *time.Time `json:"since,omitempty"`
	// Until is when a run that is held goes on by itself; nil where somebody has to say so.
	Until *time.Time `json:"until,omitempty"`
	// FailureType is the type of the application error that failed the run, such as
	// "OtherOrganization".
	FailureType string `json:"failureType,omitempty"`
	// Retrying is the step that is being tried again, and what failed it last; the starter adds it.
	Retrying string `json:"retrying,omitempty"`
	// DestinationPaused is set when the run is held because its whole destination is paused.
	DestinationPaused bool `json:"destinationPaused,omitempty"`
	// QuietHours is set when the run is held by its destination's quiet hours.
	QuietHours bool `json:"quietHours,omitempty"`
	// Progress is how far the phase under way is, where that is counted.
	Progress *Progress `json:"progress,omitempty"`
	// Notes are for whoever wrote the activation: what looks like a slip.
	Notes []string `json:"notes,omitempty"`
	// NumbersFrom says where the numbers are from when no worker answers for the run; the starter
	// sets it. Empty: from the run.
	NumbersFrom string `json:"numbersFrom,omitempty"`
	// Guards are those that hold the run until somebody approves it, or would hold the run of a
	// plan.
	Guards []TrippedGuard `json:"guards,omitempty"`
	// NeedsPerson is set when the run waits for somebody: a guard that holds it, or a pause it made
	// itself.
	NeedsPerson bool `json:"needsPerson,omitempty"`

	Numbers

	Batches     int `json:"batches"`
	BatchesDone int `json:"batchesDone"`
	// Requests and Minutes forecast the sending: set by a dry run.
	Requests int64   `json:"requests,omitempty"`
	Minutes  float64 `json:"minutes,omitempty"`
	// DailyRows is the destination's budget of rows in 24 hours as the plan, or a run that waits
	// for it, has found it.
	DailyRows *DailyRows `json:"dailyRows,omitempty"`

	StartedAt  time.Time   `json:"startedAt,omitzero"`
	EndedAt    *time.Time  `json:"endedAt,omitempty"`
	Validation *Validation `json:"validation,omitempty"`
	// Stream says how far a stream is behind; the numbers are then those of its latest window.
	Stream *StreamStatus `json:"stream,omitempty"`
}

// Ended reports whether the run is over.
func (r Report) Ended() bool { return Ended(r.Status) }

// ChangedWord names the rows that were sent, or that a dry run would send.
func (r Report) ChangedWord() string {
	switch {
	case r.Kind == KindUnmap:
		return "cleared"
	case r.Plans == KindUnmap:
		return "would be cleared"
	case r.Kind == KindPlan:
		return "would be updated"
	}
	return "activated"
}

// GuardComplete names, in a TrippedGuard, what holds the exits of a complete source.
const GuardComplete = "complete"

// TrippedGuard is a guard that holds a run until somebody approves it, or would hold the run of a
// plan, and the numbers by which it does.
type TrippedGuard struct {
	// Guard is a key of guard in the activation file, or GuardComplete.
	Guard string `json:"guard"`
	// Rows, of Of, are the Share that is more than Limit.
	Rows  int64   `json:"rows"`
	Of    int64   `json:"of"`
	Share float64 `json:"share"`
	Limit float64 `json:"limit"`
	// Says is the same for people, and what to do.
	Says string `json:"says"`
}
