package host

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
)

// unsteady is a worker that can be started only when Temporal is back.
type unsteady struct {
	worker.Worker
	back    time.Time
	stopped *int
}

func (u unsteady) Start() error {
	if time.Now().Before(u.back) {
		return errors.New("failed reaching server: context deadline exceeded")
	}
	return nil
}

func (u unsteady) Stop() { *u.stopped++ }

// TestAWorkerOutlivesTemporalAtItsStart: that Temporal goes between the connection and the first
// poll ends no worker.
func TestAWorkerOutlivesTemporalAtItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		made, stopped, back := 0, 0, time.Now().Add(time.Hour)
		w, err := serve(t.Context(), "dynamics-emea", func() worker.Worker {
			made++
			return unsteady{back: back, stopped: &stopped}
		})
		require.NoError(t, err)
		require.NotNil(t, w)
		require.Less(t, time.Since(back), startPauses.Longest)
		require.Equal(t, made-1, stopped, "those that could not be started, and no other")
	})
}

func TestAWorkerThatWaitsForTemporalCanBeStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		stopped := 0
		w, err := serve(ctx, "dynamics-emea", func() worker.Worker {
			return unsteady{back: time.Now().Add(time.Hour), stopped: &stopped}
		})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Nil(t, w)
		require.Positive(t, stopped)
	})
}
