package receive

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"audienceflow/store/inbox"
)

const (
	// sweepEvery is how often dirty streams are looked for whose wake-up went astray: this process
	// was killed between keeping and waking, or Temporal was away.
	sweepEvery = 10 * time.Second
	// wakeTime bounds one wake-up.
	wakeTime = 5 * time.Second
	// rings is how many wake-ups may wait; more are left to the next sweep.
	rings = 1_024
)

// Waker wakes the workflows of streams.
type Waker interface {
	// Wake starts the stream's workflow if it is not running, and tells it to look into the inbox.
	// Harmless when repeated.
	Wake(ctx context.Context, stream inbox.StreamKey) error
	// Awake reports whether the stream's workflow is running.
	Awake(ctx context.Context, stream inbox.StreamKey) (bool, error)
}

// alarm wakes streams: at once when they turn dirty, and by sweeps.
type alarm struct {
	inbox Inbox
	waker Waker
	bell  chan inbox.StreamKey
	// woken tells since when the streams were dirty that were woken by a sweep: a running one is
	// not woken twice for the same events, since each signal costs it some of its history even
	// while it is paused.
	woken map[inbox.StreamKey]time.Time
	// told is why streams cannot be woken, once that was logged.
	told string
}

func newAlarm(box Inbox, waker Waker) *alarm {
	return &alarm{inbox: box, waker: waker, bell: make(chan inbox.StreamKey, rings), woken: map[inbox.StreamKey]time.Time{}}
}

// ring asks for streams to be woken, without waiting for it.
func (a *alarm) ring(streams []inbox.StreamKey) {
	for _, stream := range streams {
		select {
		case a.bell <- stream:
		default: // the next sweep sees that it is dirty
		}
	}
}

// run wakes until ctx ends; it begins with a sweep.
func (a *alarm) run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	a.sweep(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case stream := <-a.bell:
			a.wake(ctx, stream)
		case <-ticker.C:
			a.sweep(ctx)
		}
	}
}

func (a *alarm) wake(ctx context.Context, stream inbox.StreamKey) bool {
	ctx, cancel := context.WithTimeout(ctx, wakeTime)
	defer cancel()
	err := a.waker.Wake(ctx, stream)
	a.tell(ctx, stream, err)
	return err == nil
}

// tell logs why streams cannot be woken when it is news, and that they can be again.
func (a *alarm) tell(ctx context.Context, stream inbox.StreamKey, err error) {
	switch {
	case err == nil && a.told != "":
		slog.Info("streams are woken again")
		a.told = ""
	case err == nil, err.Error() == a.told, errors.Is(ctx.Err(), context.Canceled):
	default:
		a.told = err.Error()
		slog.Warn("streams cannot be woken; what they received is kept, and tried again", "destination", stream.Destination,
			"audience", stream.Audience, "error", err)
	}
}

// sweep wakes the dirty streams that have not been woken, or whose workflow is gone.
func (a *alarm) sweep(ctx context.Context) {
	states, err := a.inbox.Streams(ctx)
	if err != nil {
		if ctx.Err() == nil {
			slog.Warn("the store does not tell which streams are dirty", "error", err)
		}
		return
	}
	for _, state := range states {
		switch {
		case !state.Dirty:
			delete(a.woken, state.StreamKey)
		case a.woken[state.StreamKey].Equal(state.DirtySince) && a.awake(ctx, state.StreamKey):
		case a.wake(ctx, state.StreamKey):
			a.woken[state.StreamKey] = state.DirtySince
		default:
			return // Temporal is away; the next sweep tries again
		}
	}
}

// awake is also true when nobody knows: the next sweep asks again.
func (a *alarm) awake(ctx context.Context, stream inbox.StreamKey) bool {
	ctx, cancel := context.WithTimeout(ctx, wakeTime)
	defer cancel()
	awake, err := a.waker.Awake(ctx, stream)
	return awake || err != nil
}
