package main

import (
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"audienceflow/runs"
	"audienceflow/workflows"
)

const (
	// patience bounds every wait for something that must come.
	patience = 2 * time.Minute
	// lookEvery is the pause between two looks.
	lookEvery = 20 * time.Millisecond
)

// order is what signals say.
var order = workflows.Order{Reason: "month end", By: "operator"}

// await waits for a condition; it says what was awaited if it does not come.
func (w *world) await(what string, condition func() bool) { w.awaitFor(patience, what, condition) }

func (w *world) awaitFor(long time.Duration, what string, condition func() bool) {
	deadline := time.Now().Add(long)
	for !condition() {
		w.must(w.ctx.Err())
		w.expect(time.Now().Before(deadline), "in vain awaited: %s", what)
		time.Sleep(lookEvery)
	}
}

// start starts a workflow on the destination's queue as the starter does.
func (w *world) start(id string, workflow, in any) client.WorkflowRun {
	run, err := w.temporal.ExecuteWorkflow(w.ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue(w.destination),
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            "Recorded",
		TypedSearchAttributes:                    w.searchAttributes(),
	}, workflow, in)
	w.must(err)
	return run
}

func (w *world) searchAttributes() temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		workflows.SearchDestination.ValueSet(w.destination),
		workflows.SearchAudience.ValueSet(audienceID),
		workflows.SearchStatus.ValueSet(runs.StatusRunning),
	)
}

// status is what a workflow says of itself.
func (w *world) status(id string) runs.Report {
	var report runs.Report
	value, err := w.temporal.QueryWorkflow(w.ctx, id, "", workflows.QueryStatus)
	w.must(err)
	w.must(value.Get(&report))
	return report
}

func (w *world) awaitStatus(id, status string) {
	w.await(id+" is "+status, func() bool { return w.status(id).Status == status })
}

func (w *world) awaitPhase(id, phase string) {
	w.await(id+" is at "+phase, func() bool { return w.status(id).Phase == phase })
}

func (w *world) signal(id string, s workflows.Signal) {
	w.must(w.temporal.SignalWorkflow(w.ctx, id, "", s.Name, order))
}

func (w *world) cancel(id string) { w.must(w.temporal.CancelWorkflow(w.ctx, id, "")) }

// pauseFor pauses something for a while.
func (w *world) pauseFor(id string, while time.Duration) {
	until := order
	until.Until = time.Now().Add(while).UTC()
	w.must(w.temporal.SignalWorkflow(w.ctx, id, "", workflows.Pause.Name, until))
}

// pauseAndResume pauses a run, waits until it is, and lets it go on again.
func (w *world) pauseAndResume(id string) {
	w.signal(id, workflows.Pause)
	w.awaitStatus(id, runs.StatusPaused)
	w.signal(id, workflows.Resume)
}

// ended waits for the end of a workflow, whatever it is like.
func (w *world) ended(id string) {
	w.await("the end of "+id, func() bool {
		d, err := w.temporal.DescribeWorkflowExecution(w.ctx, id, "")
		w.must(err)
		return d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	})
}

// keep keeps the history of a workflow's latest run as a path.
func (w *world) keep(path, id string) { w.keepRun(path, id, "") }

// keepRun keeps the history of a run; one that is going on is awaited where nothing is under way.
func (w *world) keepRun(path, id, run string) {
	w.kept[path] = true
	if !w.chosen[path] {
		return
	}
	var h *history.History
	w.await(path+" at rest", func() bool {
		h = w.history(id, run)
		return atRest(h)
	})
	file, size, err := w.album.keep(path, h)
	w.must(err)
	w.tell("%-46s %4d events %6d bytes\n", file, len(h.GetEvents()), size)
}

// latestRun is the run that goes on under an id, or has ended last.
func (w *world) latestRun(id string) string {
	d, err := w.temporal.DescribeWorkflowExecution(w.ctx, id, "")
	w.must(err)
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

func (w *world) history(id, run string) *history.History {
	h := &history.History{}
	events := w.temporal.GetWorkflowHistory(w.ctx, id, run, false,
		enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		w.must(err)
		h.Events = append(h.Events, event)
	}
	return h
}

// atRest reports whether the workflow has answered every task: a replay ends where a task is open.
func atRest(h *history.History) bool {
	open := 0
	for _, event := range h.GetEvents() {
		switch event.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED:
			open++
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enums.EVENT_TYPE_WORKFLOW_TASK_FAILED,
			enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			open--
		}
	}
	return open == 0
}

// chain gives the runs of a workflow that continued as new, the first one first.
func (w *world) chain(id, first string) []string {
	runs := []string{first}
	for {
		h := w.history(id, runs[len(runs)-1])
		w.expect(len(h.GetEvents()) > 0, "%s has no history", id)
		last := h.GetEvents()[len(h.GetEvents())-1]
		next := last.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
		if next == "" {
			return runs
		}
		runs = append(runs, next)
	}
}
