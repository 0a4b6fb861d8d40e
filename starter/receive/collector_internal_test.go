package receive

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/store"
)

const soon, look = 2 * time.Minute, time.Millisecond

// steps is an inbox that takes one write after the other, each when it is told how it ends.
type steps struct {
	Inbox
	writes chan []store.Event
	ends   chan error
}

func (s *steps) Receive(_ context.Context, events []store.Event, _ []store.Unreadable) ([]store.StreamKey, error) {
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
	inbox := &steps{writes: make(chan []store.Event), ends: make(chan error)}
	c := newCollector(inbox, func([]store.StreamKey) {})
	go c.run(t.Context())
	return inbox, c
}

// keep keeps rows beside the test, once it is among those that wait.
func keep(t *testing.T, c *collector, n int) chan error {
	t.Helper()
	before := len(c.queue)
	answer := make(chan error, 1)
	go func() { answer <- c.keep(t.Context(), rows{events: make([]store.Event, n)}) }()
	require.Eventually(t, func() bool { return len(c.queue) > before }, soon, look)
	return answer
}

func TestALargeRequestGoesInPiecesAndSmallOnesGoAhead(t *testing.T) {
	inbox, c := newSteps(t)
	first := make(chan error, 1)
	go func() { first <- c.keep(t.Context(), rows{events: make([]store.Event, 1)}) }()
	held := <-inbox.writes
	require.Len(t, held, 1)
	large, small := keep(t, c, 2*groupRows+1), keep(t, c, 7)
	inbox.ends <- nil
	require.NoError(t, <-first)
	inbox.write(t, groupRows, nil)
	require.NoError(t, <-small)
	inbox.write(t, groupRows, nil)
	require.Empty(t, large)
	inbox.write(t, 8, nil)
	require.NoError(t, <-large)
}

func TestARequestThatTheStoreRefusesSpoilsNoOther(t *testing.T) {
	inbox, c := newSteps(t)
	first := make(chan error, 1)
	go func() { first <- c.keep(t.Context(), rows{events: make([]store.Event, 1)}) }()
	<-inbox.writes
	good, bad := keep(t, c, 2), keep(t, c, 3)
	inbox.ends <- nil
	require.NoError(t, <-first)
	inbox.write(t, 5, errors.New("no such stream"))
	inbox.write(t, 2, nil)
	inbox.write(t, 3, errors.New("no such stream"))
	require.NoError(t, <-good)
	require.Error(t, <-bad)
}

func TestWhatWaitsForTheStoreIsBounded(t *testing.T) {
	inbox, c := newSteps(t)
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan error, 1)
	go func() { answered <- c.keep(ctx, rows{events: make([]store.Event, waitingRows)}) }()
	<-inbox.writes
	var refused *refusal
	require.ErrorAs(t, c.keep(t.Context(), rows{events: make([]store.Event, 1)}), &refused)
	cancel()
	require.ErrorIs(t, <-answered, context.Canceled)
	inbox.ends <- nil // what is left of it is dropped
	later := make(chan error, 1)
	require.Eventually(t, func() bool { return c.room.TryAcquire(waitingRows) }, soon, look)
	c.room.Release(waitingRows)
	go func() { later <- c.keep(t.Context(), rows{events: make([]store.Event, 1)}) }()
	inbox.write(t, 1, nil)
	require.NoError(t, <-later)
}
