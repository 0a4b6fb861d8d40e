package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/audience"
	"audienceflow/mapping"
	"audienceflow/runs"
	"audienceflow/store/inbox"
	"audienceflow/store/runlog"
	"audienceflow/store/staging"
)

// Streaming holds the steps of an always-on stream: it drains the inbox into runs, which are sent
// like any other.
type Streaming struct {
	o        Options
	runs     *settingsCache
	planning *Planning
}

// OpenWindow makes sure that the destination can be written as the activation's version says, and
// opens the run of a window. It can be repeated. What a person has to mend is final; an outage is
// retried.
func (s *Streaming) OpenWindow(ctx context.Context, in OpenWindowInput) (OpenWindowResult, error) {
	return perform(ctx, s.o.open, in, s.openWindow)
}

func (s *Streaming) openWindow(ctx context.Context, in OpenWindowInput) (OpenWindowResult, error) {
	if in.Previous != "" {
		if err := s.rest(ctx, in.Previous); err != nil && !errors.Is(err, runlog.ErrNoRun) { // it may have passed its retention
			return OpenWindowResult{}, err
		}
		s.log(ctx, "run ended", in.Stream, in.Previous)
	}
	a, err := s.activation(ctx, in.Stream, in.Version)
	if err != nil {
		return OpenWindowResult{}, err
	}
	connection := &Connection{o: s.o}
	if _, err := connection.signIn(ctx, AuthenticateInput{Destination: in.Stream.Destination}); err != nil {
		return OpenWindowResult{}, err
	}
	columns, err := connection.resolve(ctx, ResolveColumnsInput{Run: in.Run, Kind: runs.KindStream, WorkflowID: in.WorkflowID, Activation: a, Now: in.Now})
	if err != nil {
		return OpenWindowResult{}, err
	}
	if err := s.o.Store.BeginWindow(ctx, runlog.Run{Run: in.Run, Destination: a.Destination}); err != nil {
		return OpenWindowResult{}, err
	}
	s.log(ctx, "run begins", in.Stream, in.Run)
	out := OpenWindowResult{StoreID: columns.StoreID, Column: columns.Column, MappingID: a.MappingID, Name: a.Name, Guard: a.Guard, Alerts: a.Alerts}
	exported, err := s.o.Store.CountExported(ctx, a.Destination, columns.Column)
	out.FirstRun = sumExported(exported) == 0
	for _, count := range exported {
		if !count.Exited {
			out.Realized += count.Contacts
		}
	}
	return out, err
}

// activation is a version of the stream's, as it was registered.
func (s *Streaming) activation(ctx context.Context, stream StreamKey, version int64) (a Activation, err error) {
	text, err := s.o.Store.StreamActivation(ctx, stream, version)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return a, final(ErrStore, fmt.Errorf("the store's activation of %s in %s cannot be read: %w", stream.Audience, stream.Destination, err))
	}
	return a, nil
}

// log writes one line about a window, which is a run of its stream.
func (s *Streaming) log(ctx context.Context, what string, stream StreamKey, window string) {
	activity.GetLogger(ctx).Info(what, "run", window, "kind", runs.KindStream,
		"destination", stream.Destination, "audience", stream.Audience)
}

// DrainStream settles the micro-batch that was sent, takes the next one from the inbox, plans it
// and cuts it into batches. It can be repeated, and goes on with a micro-batch that an earlier
// attempt, or an earlier workflow, has left.
func (s *Streaming) DrainStream(ctx context.Context, in DrainStreamInput) (DrainStreamResult, error) {
	return perform(ctx, s.o.open, in, s.drain)
}

func (s *Streaming) drain(ctx context.Context, in DrainStreamInput) (DrainStreamResult, error) {
	if in.Done != "" {
		if err := s.settle(ctx, in); err != nil {
			return DrainStreamResult{}, err
		}
	}
	if _, err := s.o.Store.Run(ctx, in.Window); errors.Is(err, runlog.ErrNoRun) {
		in.Window, in.Version = "", 0 // it has passed its retention: another one is opened
	}
	bounds, err := s.microBatch(ctx, in.Window)
	if err == nil {
		err = s.gather(ctx, in.Stream, bounds)
	}
	if err != nil {
		return DrainStreamResult{}, err
	}
	claim, err := s.o.Store.ClaimEvents(ctx, in.Stream, in.Window, in.Version, int(bounds.Profiles))
	if err != nil {
		return DrainStreamResult{}, err
	}
	out := DrainStreamResult{Version: claim.Version, Clean: claim.Clean()}
	switch {
	case out.Clean && in.Window != "":
		err = s.rest(ctx, in.Window)
	case claim.Run != "" && claim.Version == in.Version:
		out.Run = claim.Run
		out.Batches, out.Risks, err = s.prepare(ctx, in.Stream, claim.Run)
	case !out.Clean:
		var a Activation
		a, err = s.activation(ctx, in.Stream, claim.Version)
		out.Alerts = a.Alerts
	}
	if err != nil {
		return DrainStreamResult{}, err
	}
	return out, s.number(ctx, in, &out)
}

// settle adds a micro-batch that was sent to its window, and tells its numbers, which are gone
// then.
func (s *Streaming) settle(ctx context.Context, in DrainStreamInput) error {
	n, countErr := s.o.Store.Counts(ctx, in.Done)
	if err := s.o.Store.SettleEvents(ctx, in.Stream, in.Done, in.DoneWindow); err != nil {
		return err
	}
	if countErr == nil { // else an earlier attempt has settled it
		s.o.observer().Decided(n)
	}
	return nil
}

// microBatch gives how many events are drained at most at once, and how old the oldest has to be
// before fewer are, as the activation of a window says. Of a backlog's many events of one contact
// only the last is sent, and it goes as fast as a file; arrivals of a moment travel together. A
// pause, or an event of another version, waits for no more than this.
func (s *Streaming) microBatch(ctx context.Context, window string) (audience.MicroBatch, error) {
	if window == "" {
		return audience.MicroBatch{}.Usual(), nil // a window is opened first
	}
	settings, err := s.runs.of(ctx, window)
	return settings.Activation.Source.MicroBatch.Usual(), err
}

// gather waits for more, if what there is has only just come in.
func (s *Streaming) gather(ctx context.Context, stream StreamKey, bounds audience.MicroBatch) error {
	for {
		state, err := s.o.Store.Stream(ctx, stream)
		if err != nil || state.Backlog == 0 || state.Backlog >= bounds.Profiles {
			return err
		}
		left := bounds.Age - state.Lag(time.Now())
		if left <= 0 {
			return nil
		}
		if err := sleep(ctx, min(left, beatEvery)); err != nil {
			return err
		}
	}
}

// prepare stages the events of a micro-batch, decides them, reads the contacts that the ledger does
// not know, and cuts batches.
func (s *Streaming) prepare(ctx context.Context, stream StreamKey, run string) (batches int, risks Risks, err error) {
	settings, err := s.runs.of(ctx, run)
	if err != nil {
		return 0, risks, err
	}
	if err := s.stage(ctx, stream, run, settings); err != nil {
		return 0, risks, err
	}
	if err := s.planning.decide(ctx, run, settings.policy()); err != nil {
		return 0, risks, err
	}
	if _, err := s.planning.readContacts(ctx, ReadContactsInput{Run: run, Slice: 1, Slices: 1}); err != nil {
		return 0, risks, err
	}
	if batches, _, err = s.o.Store.MakeBatches(ctx, run, BatchSize); err != nil || batches == 0 {
		return 0, risks, err
	}
	guard, err := s.o.Store.StreamRisk(ctx, run)
	return batches, Risks{Leaving: guard.Turning, Exits: guard.Exits, ToSend: guard.ToSend, Overwrites: guard.Overwrites}, err
}

// stage turns events into staged rows, dated by their arrival. It goes on where an earlier attempt
// was.
func (s *Streaming) stage(ctx context.Context, stream StreamKey, run string, settings settings) error {
	at, done, err := s.o.Store.StagedPosition(ctx, run)
	if err != nil || done {
		return err
	}
	for {
		events, err := s.o.Store.ClaimedEvents(ctx, stream, run, at, stageSize)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return s.o.Store.FinishStaging(ctx, run)
		}
		fit := mapping.NewFitter(settings.fields())
		chunk := staging.Chunk{From: at}
		for _, event := range events {
			record := event.Record
			record.Position = event.Seq
			rows, excluded := len(chunk.Rows), len(chunk.Excluded)
			fit.Add(&chunk, record, event.Arrived)
			if len(chunk.Rows) > rows {
				chunk.Rows[rows].Line, chunk.Rows[rows].Record = event.Record.RowLine(), event.Record.Position
			}
			if len(chunk.Excluded) > excluded {
				chunk.Excluded[excluded].Line, chunk.Excluded[excluded].Record = event.Record.RowLine(), event.Record.Position
			}
			chunk.To = event.Seq
		}
		if err := s.o.Store.Stage(ctx, run, chunk); err != nil {
			return err
		}
		at = chunk.To
	}
}

// rest keeps the report of a window that nothing is under way in.
func (s *Streaming) rest(ctx context.Context, window string) error {
	run, err := s.o.Store.Run(ctx, window)
	if err != nil {
		return err
	}
	report, err := ReportOf(ctx, s.o.Store, run)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	report.Status, report.EndedAt = runs.StatusCompleted, &now
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	return s.o.Store.RestWindow(ctx, window, text)
}

// number adds the numbers that a stream shows of itself.
func (s *Streaming) number(ctx context.Context, in DrainStreamInput, out *DrainStreamResult) error {
	out.Numbers = runs.Numbers{Reasons: map[string]int64{}}
	if in.Window != "" {
		counts, err := s.o.Store.Counts(ctx, in.Window)
		if err != nil {
			return err
		}
		out.Numbers = counts
	}
	state, err := s.o.Store.Stream(ctx, in.Stream)
	out.Status = StreamStatusOf(state, time.Now())
	return err
}

// StreamStatusOf tells how far a stream is behind.
func StreamStatusOf(state inbox.StreamState, now time.Time) runs.StreamStatus {
	return runs.StreamStatus{Backlog: state.Backlog, LagSeconds: state.Lag(now).Seconds()}
}
