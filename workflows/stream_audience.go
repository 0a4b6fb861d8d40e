package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"audienceflow/activities"
	"audienceflow/audience"
	"audienceflow/runs"
)

// windowLength is how long a window lasts: monitoring shows a stream by the hour.
const windowLength = time.Hour

// StreamInput starts the stream of an audience. What it maps is in the store, with each event's own
// version of it.
type StreamInput struct {
	Stream activities.StreamKey `json:"stream"`
	// SearchAttributes says that the namespace knows Destination, Audience and ActivationStatus.
	SearchAttributes bool `json:"searchAttributes,omitempty"`
	// HandOverEvents is the history length at which the stream continues as new; 0 means the usual
	// one.
	HandOverEvents int `json:"handOverEvents,omitempty"`
	// State is set by a stream that continues as new.
	State *StreamState `json:"state,omitempty"`
}

// StreamState is what a stream hands over to the next when it continues as new.
type StreamState struct {
	Report  runs.Report  `json:"report"`
	Control Control      `json:"control"`
	Window  StreamWindow `json:"window"`
	// Done is the micro-batch that was sent last and is still to be settled, DoneWindow the window
	// that it belongs to.
	Done       string `json:"done,omitempty"`
	DoneWindow string `json:"doneWindow,omitempty"`
	// Woken is set while there may be something in the inbox.
	Woken bool `json:"woken,omitempty"`
}

// StreamWindow is the hour that a stream is in; it gathers the numbers that reports and guards look
// at.
type StreamWindow struct {
	Run     string           `json:"run,omitempty"`
	Begins  time.Time        `json:"begins,omitzero"`
	Version int64            `json:"version,omitempty"`
	Guard   activities.Guard `json:"guard"`
	// Risks add up the exits of the window's micro-batches, the last of which is Judged.
	Risks  activities.Risks `json:"risks"`
	Judged string           `json:"judged,omitempty"`
	// Approved, FailuresSeen and ExcludedSeen are set once a person has been asked: a window asks
	// once.
	Approved     bool `json:"approved,omitempty"`
	FailuresSeen bool `json:"failuresSeen,omitempty"`
	ExcludedSeen bool `json:"excludedSeen,omitempty"`
	// RejectedTold is set once people were told of the share of excluded and failed rows.
	RejectedTold bool `json:"rejectedTold,omitempty"`
	// Alerts are the activation's targets.
	Alerts []activities.Alert `json:"alerts,omitempty"`
}

// StreamAudience carries an audience's events from the inbox to Dynamics 365 for as long as they
// come: it ends only when it is canceled. While there are none it waits for the signal Wake and
// costs nothing.
func StreamAudience(ctx workflow.Context, in StreamInput) error {
	s, err := newStream(ctx, in)
	if err != nil {
		return err
	}
	return s.run(ctx)
}

// stream is one run of StreamAudience.
type stream struct {
	in      StreamInput
	state   StreamState
	control *controller
	// begun is set once this run has done anything, so that none hands over before.
	begun    bool
	alerting int // alerts under way: a stream does not hand over before they are told
	display  display
	busy     bool // a step is under way
	drained  int  // grows with every look into the inbox
	retrying string
}

func newStream(ctx workflow.Context, in StreamInput) (*stream, error) {
	if in.HandOverEvents == 0 {
		in.HandOverEvents = streamHandOver
	}
	s := &stream{in: in, display: display{tags: in.SearchAttributes}}
	if in.State != nil {
		s.state = *in.State
	} else {
		s.state = StreamState{Report: firstStreamReport(ctx, in), Woken: true}
	}
	s.control = newController(s.state.Control, in.Stream.Destination, s.changed)
	if err := workflow.SetQueryHandlerWithOptions(ctx, QueryStatus, s.status, workflow.QueryHandlerOptions{
		Description: "How the stream stands: its status, the numbers of its latest window and, when it is held, why.",
	}); err != nil {
		return nil, err
	}
	s.control.listen(ctx)
	Wake.receive(ctx, s.onWake)
	hearNews(ctx, s.onNews)
	s.show(ctx)
	s.watchDelay(ctx)
	return s, nil
}

func firstStreamReport(ctx workflow.Context, in StreamInput) runs.Report {
	return runs.Report{
		WorkflowID:  workflow.GetInfo(ctx).WorkflowExecution.ID,
		Kind:        runs.KindStream,
		Destination: in.Stream.Destination,
		Audience:    in.Stream.Audience,
		Status:      runs.StatusRunning,
		StartedAt:   workflow.Now(ctx).UTC(),
		Numbers:     runs.Numbers{Reasons: map[string]int64{}},
	}
}

func (s *stream) onWake(workflow.Context, Order) { s.state.Woken, s.begun = true, true }

// changed is called by the controller when people, or the stream itself, hold it or let it go on.
func (s *stream) changed(ctx workflow.Context) {
	s.begun = true
	s.show(ctx)
	if s.control.status() != runs.StatusPausing { // it is told once nothing is under way
		s.alert(ctx)
	}
}

// run drains the inbox whenever it is woken. When the history is long it continues as new, between
// two micro-batches.
func (s *stream) run(ctx workflow.Context) error {
	handOver := func() bool { return s.begun && s.alerting == 0 && historyFull(ctx, s.in.HandOverEvents) }
	for {
		err := workflow.Await(ctx, func() bool { return handOver() || s.state.Woken && !s.control.held() })
		switch {
		case err != nil:
			return err
		case handOver():
			return s.continueAsNew(ctx)
		}
		s.begun = true
		if err := s.step(ctx); err != nil {
			return err
		}
	}
}

// step takes the next micro-batch and sends it, or does what has to come before. What only a person
// can mend pauses the stream, which tries again when it is resumed. The error is that of a canceled
// stream.
func (s *stream) step(ctx workflow.Context) error {
	s.state.Woken, s.busy = false, true
	err := s.drain(ctx)
	s.busy = false
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		s.state.Woken = true
		s.control.pauseSelf(ctx, mend(err, "stream"))
	}
	return nil
}

func (s *stream) drain(ctx workflow.Context) error {
	window := s.state.Window
	if window.Run != "" && !s.windowAt(ctx).Equal(window.Begins) {
		window = StreamWindow{}
	}
	out, err := perform(urgent(planOptions(ctx, "take the next profiles"), prioritySmall), s.control, streaming.DrainStream, activities.DrainStreamInput{
		Stream: s.in.Stream, Window: window.Run, Version: window.Version, Done: s.state.Done, DoneWindow: s.state.DoneWindow,
	})
	if err != nil {
		return err
	}
	s.state.Done, s.state.DoneWindow = "", ""
	s.adopt(ctx, window, out)
	switch {
	case out.Clean:
		return nil
	case out.Run == "":
		s.state.Woken = true
		s.targets(ctx, out.Alerts)
		return s.openWindow(ctx, out.Version)
	}
	s.state.Woken = true
	if err := s.passGuard(ctx, out); err != nil {
		return err
	}
	if err := s.send(ctx, out); err != nil {
		return err
	}
	s.state.Done, s.state.DoneWindow = out.Run, s.state.Window.Run
	return nil
}

func (s *stream) windowAt(ctx workflow.Context) time.Time {
	return workflow.Now(ctx).UTC().Truncate(windowLength)
}

// adopt takes in how the stream stands.
func (s *stream) adopt(ctx workflow.Context, window StreamWindow, out activities.DrainStreamResult) {
	s.drained++
	s.retrying = ""
	s.state.Report.Stream = &out.Status
	s.state.Report.Phase = "sending"
	if out.Clean {
		s.state.Report.Phase = runs.PhaseIdle
	}
	if lag := time.Duration(out.Status.LagSeconds * float64(time.Second)); lag > noProgress {
		s.tell(ctx, audience.AlertDelay, runs.Sprintf("it is behind: the oldest of %s profiles has been waiting for %s", out.Status.Backlog, lag.Round(time.Second)))
	}
	if window.Run != "" {
		s.state.Report.Numbers = out.Numbers
		s.judge(ctx, window, out.Numbers)
		s.tellRejected(ctx, out.Numbers)
	}
	s.show(ctx)
}

// judge pauses a stream of whose rows of the hour too many have failed or were excluded.
func (s *stream) judge(ctx workflow.Context, window StreamWindow, n runs.Numbers) {
	if !window.FailuresSeen {
		if reason := failing(ctx, window.Guard, n, 0, 0); reason != "" {
			s.state.Window.FailuresSeen = true
			s.control.pauseSelf(ctx, reason)
		}
	}
	if !window.ExcludedSeen {
		if reason := excluding(ctx, window.Guard, n); reason != "" {
			s.state.Window.ExcludedSeen = true
			s.control.pauseSelf(ctx, reason)
		}
	}
}

// openWindow opens the run of the hour for events of a version of the activation.
func (s *stream) openWindow(ctx workflow.Context, version int64) error {
	s.control.OverBudget = false // who approved it did so for the window
	begins := s.windowAt(ctx)
	run := fmt.Sprintf("%s-%s-v%d", workflow.GetInfo(ctx).FirstRunID, begins.Format("20060102T15"), version)
	out, err := s.describe(ctx, run, version, s.state.Window.Run)
	if err != nil {
		return err
	}
	if s.state.Window.Run != "" {
		s.alert(ctx) // how it has ended
	}
	s.state.Window = StreamWindow{
		Alerts: out.Alerts, Run: run, Begins: begins, Version: version, Guard: out.Guard,
		Risks: activities.Risks{Realized: out.Realized, FirstRun: out.FirstRun},
	}
	r := &s.state.Report
	r.Run, r.StoreID, r.Column, r.MappingID, r.Name = run, out.StoreID, out.Column, out.MappingID, out.Name
	r.StartedAt, r.Numbers = workflow.Now(ctx).UTC(), runs.Numbers{Reasons: map[string]int64{}}
	s.show(ctx)
	return nil
}

// describe opens a window, or asks about one that is open.
func (s *stream) describe(ctx workflow.Context, run string, version int64, previous string) (activities.OpenWindowResult, error) {
	return perform(controlOptions(ctx, "open the hour"), s.control, streaming.OpenWindow, activities.OpenWindowInput{
		Stream: s.in.Stream, WorkflowID: s.state.Report.WorkflowID, Run: run, Version: version,
		Now: workflow.Now(ctx).UTC(), Previous: previous,
	})
}

// passGuard holds the stream until somebody approves, if the exits of the hour or the words found
// say so.
func (s *stream) passGuard(ctx workflow.Context, batch activities.DrainStreamResult) error {
	w := &s.state.Window
	more := batch.Risks
	if w.Judged != batch.Run || !judgesOnce(ctx) {
		w.Risks.Leaving += more.Leaving
		w.Risks.Exits += more.Exits
		w.Risks.ToSend += more.ToSend
		w.Risks.Overwrites += more.Overwrites
		w.Judged = batch.Run
	}
	if w.Approved || len(tripped(w.Guard, w.Risks)) == 0 {
		return nil
	}
	if err := s.judgeAnew(ctx, more); err != nil {
		return err
	}
	guards := tripped(w.Guard, w.Risks)
	if len(guards) == 0 {
		return nil
	}
	if err := s.control.wait(ctx, reasonOf(guards)); err != nil {
		return err
	}
	w.Approved = true
	return nil
}

// versionJudgesOnce marks histories of streams that add a micro-batch's risks once, also when its
// guard is passed again after an error.
const versionJudgesOnce = "risks of a micro-batch count once"

// judgesOnce is asked only where a micro-batch comes to its guard again.
func judgesOnce(ctx workflow.Context) bool {
	return workflow.GetVersion(ctx, versionJudgesOnce, workflow.DefaultVersion, 1) == 1
}

// judgeAnew counts again what the ledger holds: a file may have filled it since the window was
// opened. Contacts that left within the window are no longer among those that are realized now.
func (s *stream) judgeAnew(ctx workflow.Context, more activities.Risks) error {
	out, err := s.describe(ctx, s.state.Window.Run, s.state.Window.Version, "")
	if err != nil {
		return err
	}
	risks := &s.state.Window.Risks
	risks.Realized, risks.FirstRun = out.Realized+risks.Leaving-more.Leaving, out.FirstRun
	return nil
}

// send updates the contacts of a micro-batch.
func (s *stream) send(ctx workflow.Context, out activities.DrainStreamResult) error {
	return window(ctx, out.Batches, batchWindow, func(ctx workflow.Context, n int) error {
		return s.update(ctx, activities.UpdateContactsInput{Run: out.Run, Batch: n}, fmt.Sprintf("batch %d of %d", n, out.Batches))
	})
}

// update sends one batch until none of its rows is left. What only a person can mend pauses the
// stream. The error is that of a canceled stream.
func (s *stream) update(ctx workflow.Context, batch activities.UpdateContactsInput, summary string) error {
	for {
		if err := s.control.clearance(ctx); err != nil {
			return err
		}
		batch.OverBudget = s.control.OverBudget
		stepCtx, done := s.control.stoppable(ctx)
		var out activities.UpdateContactsResult
		err := workflow.ExecuteActivity(urgent(writeOptions(stepCtx, summary), prioritySmall), sending.UpdateContacts, batch).Get(ctx, &out)
		if err != nil && !s.control.refused(ctx, err) && !s.interrupted(ctx, err) && !runOver(err) {
			s.control.pauseSelf(ctx, mend(err, "stream"))
		}
		done()
		if err == nil && out.DailyRows != nil {
			s.control.waitForRows(ctx, *out.DailyRows)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && out.Pending == 0, runOver(err): // its events are claimed anew
			return nil
		}
	}
}

// interrupted is as for runs; before, streams took a step that timed out for one that a person has
// to mend.
func (s *stream) interrupted(ctx workflow.Context, err error) bool {
	if temporal.IsTimeoutError(err) {
		return stopsAreStops(ctx)
	}
	return interrupted(ctx, err)
}

// status answers the query.
func (s *stream) status() (runs.Report, error) {
	r := s.state.Report
	s.control.tell(&r)
	r.Retrying = s.retrying
	return r, nil
}

// continueAsNew hands the stream over with an empty history. Nothing is under way, and nothing
// yields after the drain.
func (s *stream) continueAsNew(ctx workflow.Context) error {
	s.control.drain(ctx)
	Wake.drain(ctx, s.onWake)
	next := s.in
	next.State = &s.state
	next.State.Control = s.control.Control
	return workflow.NewContinueAsNewError(ctx, StreamAudience, next)
}
