package activities

// GuardComplete names, in a TrippedGuard, what holds the exits of a complete source.
const GuardComplete = "complete"

// TrippedGuard is a guard that holds a run until somebody approves it, or would hold the run of a plan, and the numbers by
// which it does.
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
