package store_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"audienceflow/runs"
	"audienceflow/store/staging"
)

// fading is a context that ends after it has been looked at so many times.
type fading struct {
	context.Context
	left  atomic.Int64
	ended chan struct{}
}

func fadingAfter(ctx context.Context, looks int64) *fading {
	f := &fading{Context: ctx, ended: make(chan struct{})}
	f.left.Store(looks)
	return f
}

func (f *fading) Done() <-chan struct{} {
	if f.left.Add(-1) == 0 {
		close(f.ended)
	}
	return f.ended
}

func (f *fading) Err() error {
	select {
	case <-f.ended:
		return context.Canceled
	default:
		return nil
	}
}

// TestSettlingGoesOnWhereItWasStopped stops settling at one point after the other: numbers and
// failures are the window's once.
func TestSettlingGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		for range 2 { // the second time, the failures of the first are superseded
			receive(t, s, event(1, day(9)), event(2, day(9)), event(3, day(9)))
			c := claim(t, s, 10)
			events, err := s.ClaimedEvents(t.Context(), vipStream, c.Run, 0, 10)
			require.NoError(t, err)
			stageClaim(t, s, c.Run, events, blank(contact(3))) // contacts 1 and 2 are not in Dynamics
			stops, stride := 0, int64(5)
			if testing.Short() {
				stride = 20
			}
			for looks := int64(1); ; looks += stride {
				if err = s.SettleEvents(fadingAfter(t.Context(), looks), vipStream, c.Run, "window"); err == nil {
					break
				}
				stops++
				require.Less(t, stops, 500)
			}
			require.Greater(t, stops, 3)
		}
		counts, err := s.Counts(t.Context(), "window")
		require.NoError(t, err)
		require.Equal(t, runs.Numbers{Received: 6, Activated: 1, Unchanged: 1, Failed: 4, ByStatus: runs.ByStatus{Realized: 1},
			Reasons: map[string]int64{"contact_not_found": 4}}, counts)
		kept, err := s.Rejected(t.Context(), "window", staging.RejectedQuery{State: staging.RejectedKept})
		require.NoError(t, err)
		require.Len(t, kept, 2)
		failed, err := s.FailedRows(t.Context(), "window", "", 10)
		require.NoError(t, err)
		require.Len(t, failed, 2)
	})
}

// TestWhoeverSettlesLateFindsItSettled: an attempt that was taken for dead is at work beside the
// next one.
func TestWhoeverSettlesLateFindsItSettled(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, url string) {
		s := open(t, url)
		openStream(t, s)
		for n := range int64(10) {
			receive(t, s, event(1, day(int(n)+1)), event(2, day(int(n)+1)))
			c := claim(t, s, 10)
			events, err := s.ClaimedEvents(t.Context(), vipStream, c.Run, 0, 10)
			require.NoError(t, err)
			stageClaim(t, s, c.Run, events, blank(contact(1)))
			var atOnce errgroup.Group
			for range 4 {
				atOnce.Go(func() error { return s.SettleEvents(t.Context(), vipStream, c.Run, "window") })
			}
			require.NoError(t, atOnce.Wait())
			counts, err := s.Counts(t.Context(), "window")
			require.NoError(t, err)
			require.EqualValues(t, 2*(n+1), counts.Received)
			require.EqualValues(t, n+1, counts.Failed)
		}
	})
}
