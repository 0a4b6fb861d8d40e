package main

import (
	"context"
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"
)

// trace is when the stages of an activation were under way, by its history in Temporal.
type trace struct {
	began, ended                      time.Time
	stage, plan, read, send, validate spans
	history                           History

	scheduled map[int64]*historypb.HistoryEvent
}

// activation is the time of the activation without its validation.
func (t trace) activation() time.Duration {
	return t.ended.Sub(t.began) - t.validate.length()
}

// traceOf reads the histories of an activation's runs, the first and those that it continued as.
func traceOf(ctx context.Context, c client.Client, workflow, run string) (trace, error) {
	var t trace
	for run != "" {
		next, err := t.add(ctx, c, workflow, run)
		if err != nil {
			return t, fmt.Errorf("read the history of %s: %w", workflow, err)
		}
		run = next
	}
	return t, nil
}

// add takes in one run's history and gives the run that it continued as, if any.
func (t *trace) add(ctx context.Context, c client.Client, workflow, run string) (next string, err error) {
	t.scheduled = map[int64]*historypb.HistoryEvent{}
	var events, bytes int64
	history := c.GetWorkflowHistory(ctx, workflow, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			return "", err
		}
		events++
		bytes += int64(proto.Size(event))
		if continued := event.GetWorkflowExecutionContinuedAsNewEventAttributes(); continued != nil {
			next = continued.GetNewExecutionRunId()
		}
		t.see(event)
	}
	t.history.Runs++
	t.history.Events += events
	t.history.Bytes += bytes
	t.history.MostEvents = max(t.history.MostEvents, events)
	t.history.MostBytes = max(t.history.MostBytes, bytes)
	return next, nil
}

// see notes what an event says about when stages were under way. An activity counts from being
// scheduled on.
func (t *trace) see(event *historypb.HistoryEvent) {
	at := event.GetEventTime().AsTime()
	if t.began.IsZero() {
		t.began = at
	}
	t.ended = at
	switch event.GetEventType() {
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, enums.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		t.scheduled[event.GetEventId()] = event
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		t.complete(event.GetActivityTaskCompletedEventAttributes().GetScheduledEventId(), at)
	case enums.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED:
		t.complete(event.GetChildWorkflowExecutionCompletedEventAttributes().GetInitiatedEventId(), at)
	}
}

func (t *trace) complete(scheduled int64, at time.Time) {
	event := t.scheduled[scheduled]
	if event == nil {
		return
	}
	stage := t.stageOf(event)
	if stage != nil {
		*stage = append(*stage, span{event.GetEventTime().AsTime(), at})
	}
}

// stageOf gives the stage that an activity or the child workflow belongs to; nil for what is none
// of them.
func (t *trace) stageOf(event *historypb.HistoryEvent) *spans {
	if event.GetStartChildWorkflowExecutionInitiatedEventAttributes() != nil {
		return &t.validate // the only child of an activation
	}
	switch event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() {
	case "StageAudience":
		return &t.stage
	case "PlanRun":
		return &t.plan
	case "ReadContacts":
		return &t.read
	case "UpdateContacts":
		return &t.send
	}
	return nil
}
