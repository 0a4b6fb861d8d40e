package recorded

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
)

// Marks are what happened in a history, and how often.
type Marks map[string]int

// endings are the marks of how a run has ended; one without any of them is running.
var endings = map[enums.EventType]string{
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:        "completed",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:           "failed",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:         "canceled",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continued as new",
}

// others are the marks of events that need no looking into.
var others = map[enums.EventType]string{
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:       "cancel requested",
	enums.EVENT_TYPE_TIMER_STARTED:                             "timer",
	enums.EVENT_TYPE_TIMER_FIRED:                               "timer fired",
	enums.EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED:              "memo",
	enums.EVENT_TYPE_MARKER_RECORDED:                           "marker",
	enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:        "update",
	enums.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:      "told",
	enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED: "not told",
}

// MarksOf gives the marks of a history: the activities by their names, "stop" and "failed" ones,
// "child" workflows, "signal" received, "tell" sent, a "change" that workflow.GetVersion has
// marked, and how it ended.
func MarksOf(h *history.History) Marks {
	m, ended := Marks{}, false
	names := map[int64]string{} // of activities, by the event that scheduled them
	for _, event := range h.GetEvents() {
		kind := event.GetEventType()
		if ending := endings[kind]; ending != "" {
			m[ending]++
			ended = true
		}
		if other := others[kind]; other != "" {
			m[other]++
		}
		m.count(event, names)
	}
	if !ended {
		m["running"]++
	}
	return m
}

func (m Marks) count(event *history.HistoryEvent, names map[int64]string) {
	switch event.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		if event.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId() != "" {
			m["an earlier run's"]++
		}
	case enums.EVENT_TYPE_MARKER_RECORDED:
		if change := changeOf(event.GetMarkerRecordedEventAttributes()); change != "" {
			m["change "+change]++
		}
	case enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		if setsOurs(event.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes()) {
			m["search attributes"]++
		}
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		name := event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
		names[event.GetEventId()] = name
		m[name]++
	case enums.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED:
		m["stop "+names[event.GetActivityTaskCancelRequestedEventAttributes().GetScheduledEventId()]]++
	case enums.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		m["failed "+names[event.GetActivityTaskFailedEventAttributes().GetScheduledEventId()]]++
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		m["signal "+event.GetWorkflowExecutionSignaledEventAttributes().GetSignalName()]++
	case enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		m["tell "+event.GetSignalExternalWorkflowExecutionInitiatedEventAttributes().GetSignalName()]++
	case enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		m["child "+event.GetStartChildWorkflowExecutionInitiatedEventAttributes().GetWorkflowType().GetName()]++
	case enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_FAILED:
		m["refused "+event.GetStartChildWorkflowExecutionFailedEventAttributes().GetWorkflowType().GetName()]++
	case enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED:
		m["stop "+event.GetChildWorkflowExecutionCanceledEventAttributes().GetWorkflowType().GetName()]++
	case enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_FAILED:
		m["failed "+event.GetChildWorkflowExecutionFailedEventAttributes().GetWorkflowType().GetName()]++
	}
}

// changeOf is the change that a marker of workflow.GetVersion is of; empty for other markers.
func changeOf(marker *history.MarkerRecordedEventAttributes) (change string) {
	if marker.GetMarkerName() != "Version" {
		return ""
	}
	if err := converter.GetDefaultDataConverter().FromPayloads(marker.GetDetails()["change-id"], &change); err != nil {
		return ""
	}
	return change
}

// setsOurs tells search attributes of the workflow's own from the one in which the SDK keeps
// versions.
func setsOurs(set *common.SearchAttributes) bool {
	for name := range set.GetIndexedFields() {
		if name != "TemporalChangeVersion" {
			return true
		}
	}
	return false
}

// TypeOf is the type of the workflow whose history it is.
func TypeOf(h *history.History) string {
	if len(h.GetEvents()) == 0 {
		return ""
	}
	return h.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()
}

// Check says what tells that a history is not one of the path; nil when it is.
func (p Path) Check(h *history.History) error {
	if found := TypeOf(h); found != p.Workflow {
		return fmt.Errorf("%s is a history of %q and not of %s", p.Name, found, p.Workflow)
	}
	marks := MarksOf(h)
	for _, mark := range p.Holds {
		name, least, most := mark, 1, len(h.GetEvents())
		if bare, ok := strings.CutPrefix(mark, "without "); ok {
			name, least, most = bare, 0, 0
		} else if bare, ok := strings.CutPrefix(mark, "two "); ok {
			name, least = bare, 2
		}
		if n := marks[name]; n < least || n > most {
			return fmt.Errorf("%s must be %q; it holds %q %d times: %v", p.Name, mark, name, n, marks)
		}
	}
	return nil
}

// Of gives the path that a history's file name (without .json) belongs to.
func Of(name string) (Path, bool) {
	base := strings.TrimRight(name, "0123456789")
	if base != name {
		base = strings.TrimSuffix(base, "-")
	}
	for _, path := range slices.Concat(Paths, Past) {
		if path.Name == base {
			return path, true
		}
	}
	return Path{}, false
}
