package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func event(id int64, seconds float64, kind enums.EventType) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{EventId: id, EventTime: timestamppb.New(at(seconds)), EventType: kind}
}

func scheduled(id int64, seconds float64, activity string) *historypb.HistoryEvent {
	e := event(id, seconds, enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
	e.Attributes = &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
		ActivityType: &commonpb.ActivityType{Name: activity},
	}}
	return e
}

func completed(id, of int64, seconds float64) *historypb.HistoryEvent {
	e := event(id, seconds, enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
	e.Attributes = &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
		ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{ScheduledEventId: of},
	}
	return e
}

func child(id int64, seconds float64) *historypb.HistoryEvent {
	e := event(id, seconds, enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED)
	e.Attributes = &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{
		StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{},
	}
	return e
}

func childCompleted(id, of int64, seconds float64) *historypb.HistoryEvent {
	e := event(id, seconds, enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED)
	e.Attributes = &historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes{
		ChildWorkflowExecutionCompletedEventAttributes: &historypb.ChildWorkflowExecutionCompletedEventAttributes{InitiatedEventId: of},
	}
	return e
}

// traced is an activation of 22 seconds: 2 staging, 2 + 1 planning, 3 reading, 4 sending in two
// batches, 5 validating.
func traced() trace {
	t := trace{scheduled: map[int64]*historypb.HistoryEvent{}}
	for _, e := range []*historypb.HistoryEvent{
		event(1, 0, enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED),
		scheduled(2, 0, "Authenticate"), completed(3, 2, 1),
		scheduled(4, 1, "StageAudience"), completed(5, 4, 3),
		scheduled(6, 3, "PlanRun"), completed(7, 6, 5),
		scheduled(8, 5, "ReadContacts"), completed(9, 8, 8),
		scheduled(10, 8, "PlanRun"), completed(11, 10, 9),
		scheduled(12, 9, "UpdateContacts"), scheduled(13, 9, "UpdateContacts"), completed(14, 13, 11), completed(15, 12, 13),
		child(16, 14), childCompleted(17, 16, 19),
		event(18, 22, enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED),
	} {
		t.see(e)
	}
	return t
}

func TestTraceTellsStages(t *testing.T) {
	got := traced()
	require.Equal(t, 2*time.Second, got.stage.length())
	require.Equal(t, 3*time.Second, got.plan.length())
	require.Equal(t, 3*time.Second, got.read.length())
	require.Equal(t, 4*time.Second, got.send.length())
	require.Equal(t, 5*time.Second, got.validate.length())
	require.Equal(t, 17*time.Second, got.activation(), "without its validation")
}

func TestTraceLeavesOutWhatNeverCompleted(t *testing.T) {
	got := trace{scheduled: map[int64]*historypb.HistoryEvent{}}
	got.see(scheduled(1, 0, "UpdateContacts"))
	got.see(completed(3, 2, 5)) // of an event that was not seen
	require.Empty(t, got.send)
	require.Equal(t, 5*time.Second, got.activation())
}
