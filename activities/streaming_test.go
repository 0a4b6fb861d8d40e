package activities

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"audienceflow/audience"
	"audienceflow/audience/activation"
	"audienceflow/dynamics/simulator"
	"audienceflow/runs"
	"audienceflow/store/inbox"
)

var vipStream = StreamKey{Destination: "dynamics", Audience: "vip"}

// stream is the stream of audience vip in a world, driven step by step.
type stream struct {
	*world
	streaming  *Streaming
	activation Activation
	version    int64
	next       DrainStreamInput
	windows    int
}

func newStream(t *testing.T, contacts int) *stream {
	t.Helper()
	w := newWorld(t, contacts)
	s := &stream{world: w, streaming: &Streaming{o: w.options, runs: w.planning.runs, planning: w.planning}, next: DrainStreamInput{Stream: vipStream}}
	s.env.RegisterActivity(s.streaming)
	list, err := activation.Parse([]byte(`
destination: dynamics
audience: vip
mappingId: vip
source: {stream: true, contactId: contactId}
mapping: [{source: first, target: FirstName}]
`), "vip.yaml")
	require.NoError(t, err)
	s.activation = list[0]
	s.register()
	return s
}

// register makes the activation the one that events are received with from now on.
func (s *stream) register() {
	s.t.Helper()
	text, err := json.Marshal(s.activation)
	require.NoError(s.t, err)
	s.version, err = s.options.Store.RegisterStream(s.t.Context(), vipStream, text)
	require.NoError(s.t, err)
}

var qualified = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// streamedProfile is a membership of a contact that qualified some hours after the first.
func streamedProfile(contact, name string, hours int, status audience.Status) audience.Record {
	return audience.Record{Contact: contact, Status: status, Time: qualified.Add(time.Duration(hours) * time.Hour),
		Values: []audience.Value{{State: audience.ValueText, Text: name}}}
}

func (s *stream) receive(records ...audience.Record) {
	s.t.Helper()
	events := make([]inbox.Event, len(records))
	for i, r := range records {
		events[i] = inbox.Event{StreamKey: vipStream, Version: s.version, Arrived: time.Now().UTC(), Record: r}
	}
	_, err := s.options.Store.Receive(s.t.Context(), events, nil)
	require.NoError(s.t, err)
}

func (s *stream) drain() DrainStreamResult {
	s.t.Helper()
	out, err := do(s.world, s.streaming.DrainStream, s.next)
	require.NoError(s.t, err)
	return out
}

// step drains once and does what the result asks for; true when the inbox is empty.
func (s *stream) step() bool {
	s.t.Helper()
	out := s.drain()
	s.next.Done, s.next.DoneWindow = "", ""
	switch {
	case out.Clean:
		return true
	case out.Run == "":
		s.open(out.Version)
	default:
		for batch := 1; batch <= out.Batches; batch++ {
			in := UpdateContactsInput{Run: out.Run, Batch: batch}
			_, err := do(s.world, s.sending.UpdateContacts, in)
			if app := (*temporal.ApplicationError)(nil); errors.As(err, &app) && app.Type() == ErrContactsInFlight {
				_, err = do(s.world, s.sending.UpdateContacts, in) // it has cleared away what was in its way
			}
			require.NoError(s.t, err)
		}
		s.next.Done, s.next.DoneWindow = out.Run, s.next.Window
	}
	return false
}

func (s *stream) open(version int64) OpenWindowResult {
	s.t.Helper()
	s.windows++
	previous := s.next.Window
	s.next.Window, s.next.Version = "window-"+string(rune('0'+s.windows)), version
	out, err := do(s.world, s.streaming.OpenWindow, OpenWindowInput{Stream: vipStream, WorkflowID: "stream/dynamics/vip",
		Run: s.next.Window, Version: version, Now: qualified, Previous: previous})
	require.NoError(s.t, err)
	return out
}

// window is what the store keeps of a window that rests.
func (s *stream) window(run string) runs.Report {
	s.t.Helper()
	kept, err := s.options.Store.Run(s.t.Context(), run)
	require.NoError(s.t, err)
	require.Equal(s.t, runs.StatusCompleted, kept.Status)
	var r runs.Report
	require.NoError(s.t, json.Unmarshal(kept.Report, &r))
	require.Equal(s.t, r.Received, r.Activated+r.Unchanged+r.Superseded+r.Excluded+r.Failed)
	return r
}

func TestAStreamIsDrainedAndItsWindowRests(t *testing.T) {
	t.Parallel()
	s := newStream(t, 20)
	for i, id := range s.ids {
		s.receive(streamedProfile(id, "Ann", i, audience.Realized))
	}
	s.receive(streamedProfile(s.ids[0], "Late", 50, audience.Exited), streamedProfile(s.ids[1], "Older", -1, audience.Exited),
		streamedProfile("11111111-2222-3333-4444-555555555555", "Nobody", 1, audience.Realized),
		audience.Record{Kind: audience.RecordExcluded, Reason: runs.ReasonMissingContactID})
	for !s.step() {
	}
	r := s.window("window-1")
	require.EqualValues(t, 24, r.Received)
	require.EqualValues(t, 20, r.Activated)
	require.EqualValues(t, 2, r.Superseded)
	require.Equal(t, runs.ByStatus{Realized: 19, Exited: 1}, r.ByStatus)
	require.Equal(t, map[string]int64{"contact_not_found": 1, "missing_contact_id": 1}, r.Reasons)
	s.writtenOnce(s.ids)

	s.receive(streamedProfile(s.ids[0], "Late", 50, audience.Exited), streamedProfile(s.ids[1], "Ann", 60, audience.Exited))
	for !s.step() {
	}
	r = s.window("window-1")
	require.EqualValues(t, 21, r.Activated)
	require.EqualValues(t, 1, r.Unchanged)
	require.Equal(t, 2, s.timesWritten()[s.ids[1]])
	state, err := s.options.Store.Stream(t.Context(), vipStream)
	require.NoError(t, err)
	require.Zero(t, state.Backlog)
	require.False(t, state.Dirty)
}

func TestADrainCanBeRepeated(t *testing.T) {
	t.Parallel()
	s := newStream(t, 10)
	s.receive(streamedProfile(s.ids[0], "Ann", 1, audience.Realized))
	require.False(t, s.step(), "a window is opened")
	first, again := s.drain(), s.drain()
	require.Equal(t, first.Run, again.Run)
	require.Equal(t, 1, again.Batches)
	require.EqualValues(t, 1, again.Status.Backlog)
	s.receive(streamedProfile(s.ids[1], "Bob", 1, audience.Realized))
	require.False(t, s.step(), "sent")
	second := s.drain() // settles the first, and takes the next
	require.NotEqual(t, first.Run, second.Run)
	require.Equal(t, second.Run, s.drain().Run, "to settle it again changes nothing")
	for !s.step() {
	}
	require.EqualValues(t, 2, s.window("window-1").Activated)
	s.writtenOnce(s.ids[:2])
}

func TestABacklogIsOneMicroBatch(t *testing.T) {
	t.Parallel()
	s := newStream(t, 10)
	var backlog []audience.Record
	for n := range stageSize + 500 { // more than is staged at once
		backlog = append(backlog, streamedProfile(s.ids[n%10], "Ann", n, audience.Realized))
	}
	s.receive(backlog...)
	for !s.step() {
	}
	r := s.window("window-1")
	require.EqualValues(t, len(backlog), r.Received)
	require.EqualValues(t, 10, r.Activated)
	require.EqualValues(t, len(backlog)-10, r.Superseded)
	s.writtenOnce(s.ids)
}

func TestEventsGoOnUnderTheActivationThatTheyWereReceivedWith(t *testing.T) {
	t.Parallel()
	s := newStream(t, 10)
	s.receive(streamedProfile(s.ids[0], "Ann", 1, audience.Realized))
	s.activation.Statuses.Realized = "member"
	s.register()
	s.receive(streamedProfile(s.ids[1], "Bob", 1, audience.Realized))
	for !s.step() {
	}
	require.EqualValues(t, 1, s.window("window-1").Activated)
	require.EqualValues(t, 1, s.window("window-2").Activated)
	held, err := s.options.Store.Exported(t.Context(), "dynamics", "acme_vip", "", 10)
	require.NoError(t, err)
	words := map[string]string{}
	for _, e := range held {
		words[e.Contact] = *e.Word
	}
	require.Equal(t, map[string]string{s.ids[0]: "realized", s.ids[1]: "member"}, words)
}

func TestAMicroBatchOfADeadWorkerIsTakenUp(t *testing.T) {
	t.Parallel()
	s := newStream(t, 10)
	for _, id := range s.ids {
		s.receive(streamedProfile(id, "Ann", 1, audience.Realized))
	}
	require.False(t, s.step(), "a window is opened")
	s.fault(simulator.Fault{Kind: "outage", Count: 1})
	if _, err := do(s.world, s.streaming.DrainStream, s.next); err == nil {
		t.Fatal("the contacts could not be read")
	}
	s.connect() // another worker
	s.streaming = &Streaming{o: s.options, runs: s.planning.runs, planning: s.planning}
	s.env.RegisterActivity(s.streaming)
	for !s.step() {
	}
	require.EqualValues(t, 10, s.window("window-1").Activated)
	s.writtenOnce(s.ids)
}

func TestAMicroBatchIsAsLargeAndAsOldAsTheActivationSays(t *testing.T) {
	s := newStream(t, 7)
	s.activation.Source.MicroBatch = audience.MicroBatch{Profiles: 3, Age: time.Minute}
	s.register()
	for i, id := range s.ids {
		s.receive(streamedProfile(id, "Ann", i, audience.Realized))
	}
	s.step() // opens the window
	var sent []int64
	for range 2 {
		out := s.drain() // at once, though no profile is a minute old
		n, err := s.options.Store.Counts(t.Context(), out.Run)
		require.NoError(t, err)
		sent = append(sent, n.Received)
		for batch := 1; batch <= out.Batches; batch++ {
			_, err := do(s.world, s.sending.UpdateContacts, UpdateContactsInput{Run: out.Run, Batch: batch})
			require.NoError(t, err)
		}
		s.next.Done, s.next.DoneWindow = out.Run, s.next.Window
	}
	require.Equal(t, []int64{3, 3}, sent)
	bounds, err := s.streaming.microBatch(t.Context(), s.next.Window)
	require.NoError(t, err)
	require.Equal(t, s.activation.Source.MicroBatch, bounds)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	require.ErrorIs(t, s.streaming.gather(ctx, vipStream, audience.MicroBatch{Profiles: 30, Age: time.Minute}), context.DeadlineExceeded, "it waits for more")
	require.NoError(t, s.streaming.gather(t.Context(), vipStream, audience.MicroBatch{Profiles: 1, Age: time.Minute}))
	require.NoError(t, s.streaming.gather(t.Context(), vipStream, audience.MicroBatch{Profiles: 30, Age: time.Nanosecond}))
}
