package audience

import (
	"encoding/json"
	"slices"
)

// What people may be told of. The troubles are told once, until they are over; start and success of
// every run.
const (
	AlertStart    = "start"
	AlertSuccess  = "success"
	AlertFailure  = "failure"  // a run has failed
	AlertHeld     = "held"     // a run has paused itself, or waits
	AlertDelay    = "delay"    // a run makes no progress, or takes far longer than forecast
	AlertRejected = "rejected" // more than one row in a hundred was excluded or has failed
	AlertMismatch = "mismatch" // the validation has found differences
	AlertSilence  = "silence"  // no run has begun for longer than expectEvery says
)

// AlertTroubles are what a target is told of that names nothing itself.
var AlertTroubles = []string{AlertFailure, AlertHeld, AlertDelay, AlertRejected, AlertMismatch, AlertSilence}

// AlertEvents are all that may stand in an alert's "on"; "trouble" stands for AlertTroubles.
var AlertEvents = append([]string{AlertStart, AlertSuccess, "trouble"}, AlertTroubles...)

// Alert is somebody to be told: To is a URL without credentials or the name of one that the
// worker's environment holds. On lists what of; nothing stands for all troubles. In JSON one
// without On is To alone.
type Alert struct {
	To string
	On []string
}

// Wants reports whether the target is to be told of an event.
func (a Alert) Wants(event string) bool {
	trouble := slices.Contains(AlertTroubles, event)
	if len(a.On) == 0 {
		return trouble
	}
	return slices.Contains(a.On, event) || trouble && slices.Contains(a.On, "trouble")
}

// alertObject is an alert that says what it is told of.
type alertObject struct {
	To string   `json:"to"`
	On []string `json:"on"`
}

// MarshalJSON implements json.Marshaler.
func (a Alert) MarshalJSON() ([]byte, error) {
	if len(a.On) == 0 {
		return json.Marshal(a.To)
	}
	return json.Marshal(alertObject(a))
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *Alert) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &a.To); err == nil {
		return nil
	}
	return json.Unmarshal(text, (*alertObject)(a))
}
