package receive

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/store/inbox"
)

const soon, look = 2 * time.Minute, time.Millisecond

// steps is an inbox that takes one write after the other, each when it is told how it ends.
type steps struct {
	Inbox
	writes chan []inbox.Event
	ends   chan error
}

func (s *steps) Receive(_ context.Context, events []inbox.Event, _ []inbox.Unreadable) ([]inbox.StreamKey, error) {
	s.writes <- events
	return nil, <-s.ends
}

func (s *steps) write(t *testing.T, rows int, end error) {
	t.Helper()
	select {
	case events := <-s.writes:
		require.Len(t, events, rows)
	case <-time.After(soon):
		require.Fail(t, "nothing is written")
	}
	s.ends <- end
}

func newSteps(t *testing.T) (*steps, *collector) {
	box := &steps{writes: make(chan []inbox.Event), ends: make(chan error)}
	c := newCollector(box, func([]inbox.StreamKey) {})
	go c.run(t.Context())
	return box, c
}

// keep keeps rows beside the test, once it is among those that wait.
func keep(t *testing.T, c *collector, n int) chan error {
	t.Helper()
	before := len(c.queue)
	answer := make(chan error, 1)
	go func() { answer <- c.keep(t.Context(), rows{events: make([]inbox.Event, n)}) }()
	require.Eventually(t, func() bool { return len(c.queue) > before }, soon, look)
	return answer
}

func TestALargeRequestGoesInPiecesAndSmallOnesGoAhead(t *testing.T) {
	box, c := newSteps(t)
	first := make(chan error, 1)
	go func() { first <- c.keep(t.Context(), rows{events: make([]inbox.Event, 1)}) }()
	held := <-box.writes
	require.Len(t, held, 1)
	large, small := keep(t, c, 2*groupRows+1), keep(t, c, 7)
	box.ends <- nil
	require.NoError(t, <-first)
	box.write(t, groupRows, nil)
	require.NoError(t, <-small)
	box.write(t, groupRows, nil)
	require.Empty(t, large)
	box.write(t, 8, nil)
	require.NoError(t, <-large)
}

func TestARequestThatTheStoreRefusesSpoilsNoOther(t *testing.T) {
	box, c := newSteps(t)
	first := make(chan error, 1)
	go func() { first <- c.keep(t.Context(), rows{events: make([]inbox.Event, 1)}) }()
	<-box.writes
	good, bad := keep(t, c, 2), keep(t, c, 3)
	box.ends <- nil
	require.NoError(t, <-first)
	box.write(t, 5, errors.New("no such stream"))
	box.write(t, 2, nil)
	box.write(t, 3, errors.New("no such stream"))
	require.NoError(t, <-good)
	require.Error(t, <-bad)
}

func TestWhatWaitsForTheStoreIsBounded(t *testing.T) {
	box, c := newSteps(t)
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() { answered <- c.keep(ctx, rows{events: make([]inbox.Event, waitingRows)}) }()
	<-box.writes
	var refused *refusal
	require.ErrorAs(t, c.keep(t.Context(), rows{events: make([]inbox.Event, 1)}), &refused)
	cancel()
	require.ErrorIs(t, <-answered, context.Canceled)
	box.ends <- nil // what is left of it is dropped
	later := make(chan error, 1)
	require.Eventually(t, func() bool { return c.room.TryAcquire(waitingRows) }, soon, look)
	c.room.Release(waitingRows)
	go func() { later <- c.keep(t.Context(), rows{events: make([]inbox.Event, 1)}) }()
	box.write(t, 1, nil)
	require.NoError(t, <-later)
}
