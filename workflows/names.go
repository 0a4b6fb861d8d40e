package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/temporal"
)

// taskQueuePrefix starts the name of every destination's queue: its secrets live only on the
// workers that poll it.
const taskQueuePrefix = "dynamics-"

// TaskQueue is the queue of a destination's workflows and activities.
func TaskQueue(destination string) string { return taskQueuePrefix + destination }

// DestinationOf is the destination that a task queue belongs to.
func DestinationOf(queue string) (string, bool) { return strings.CutPrefix(queue, taskQueuePrefix) }

// ActivateID is the id under which everything that writes an audience's column runs, so that it has
// one writer.
func ActivateID(destination, audience string) string {
	return fmt.Sprintf("activate/%s/%s", destination, audience)
}

// PlanID is the id of a dry run, which may run beside the writer.
func PlanID(destination, audience string) string {
	return fmt.Sprintf("plan/%s/%s", destination, audience)
}

// CheckID is the id of a preflight.
func CheckID(destination, audience string) string {
	return fmt.Sprintf("check/%s/%s", destination, audience)
}

// ValidateID is the id of a validation that somebody asked for; a run's own validation adds the
// run.
func ValidateID(destination, audience string) string {
	return fmt.Sprintf("validate/%s/%s", destination, audience)
}

// ChildValidateID is the id of the validation that a run starts when it has sent everything.
func ChildValidateID(destination, audience, run string) string {
	return ValidateID(destination, audience) + "/" + run
}

// StreamID is the id of the always-on stream of an audience.
func StreamID(destination, audience string) string {
	return fmt.Sprintf("stream/%s/%s", destination, audience)
}

// HoldID is the id of the workflow that keeps a destination paused.
func HoldID(destination string) string { return holdPrefix + destination }

const holdPrefix = "hold/"

// RebindID is the id of the workflow that binds a destination's ledgers to another environment.
func RebindID(destination string) string { return rebindPrefix + destination }

const rebindPrefix = "rebind/"

// DescribeID is the id under which a destination's worker is asked about it.
func DescribeID(destination string) string { return describePrefix + destination }

const describePrefix = "describe/"

// LookUpID is the id under which a destination's worker is asked what Dynamics holds of a contact.
func LookUpID(destination, lookup string) string {
	return fmt.Sprintf("lookup/%s/%s", destination, lookup)
}

// SplitID takes a workflow id apart into its kind ("activate"), destination and audience; those of
// a destination itself have no audience.
func SplitID(id string) (kind, destination, audience string, ok bool) {
	for _, prefix := range []string{holdPrefix, rebindPrefix, describePrefix} {
		if destination, found := strings.CutPrefix(id, prefix); found {
			return strings.TrimSuffix(prefix, "/"), destination, "", true
		}
	}
	parts := strings.SplitN(id, "/", 3)
	if len(parts) != 3 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

// Memo of workflows, which every namespace takes: what a run is, set when it is started, and the
// verdict on it.
const (
	MemoKind    = "kind"
	MemoVerdict = "verdict"
)

// Search attributes of every workflow. Workers register them where they may.
var (
	SearchDestination = temporal.NewSearchAttributeKeyKeyword("Destination")
	SearchAudience    = temporal.NewSearchAttributeKeyKeyword("Audience")
	SearchStatus      = temporal.NewSearchAttributeKeyKeyword("ActivationStatus")
)
