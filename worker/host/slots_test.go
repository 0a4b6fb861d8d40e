package host

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
)

// free gives a slot to whoever asks.
type free struct{ worker.SlotSupplier }

func (free) ReserveSlot(context.Context, worker.SlotReservationInfo) (*worker.SlotPermit, error) {
	return &worker.SlotPermit{}, nil
}

func (free) TryReserveSlot(worker.SlotReservationInfo) *worker.SlotPermit {
	return &worker.SlotPermit{}
}

type issued struct {
	worker.SlotReservationInfo
	slots int
}

func (i issued) NumIssuedSlots() int { return i.slots }

func TestAWorkerWithEnoughToDoLetsOthersGoFirst(t *testing.T) {
	s := modestSlots{free{}, 4}
	for slots, want := range map[int]time.Duration{0: 0, 4: 0, 5: holdBack, 10: 6 * holdBack, 48: mostHoldBack} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			permit, err := s.ReserveSlot(t.Context(), issued{slots: slots})
			require.NoError(t, err)
			require.NotNil(t, permit)
			require.Equal(t, want, time.Since(began), "with %d slots in use", slots)
		})
	}
	require.NotNil(t, s.TryReserveSlot(issued{slots: 3}))
	require.Nil(t, s.TryReserveSlot(issued{slots: 4}), "it takes no more for itself")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.ReserveSlot(ctx, issued{slots: 48})
	require.ErrorIs(t, err, context.Canceled, "a worker that stops does not wait")
}

func TestEnoughKeepsTheRequestsInFlight(t *testing.T) {
	for _, c := range []struct{ concurrency, requestSize, want int }{{52, 500, 26}, {52, 250, 13}, {2, 100, 1}, {3, 500, 2}} {
		made, err := newTuner(c.concurrency, c.requestSize)
		require.NoError(t, err)
		require.Equal(t, pollers+c.want, made.(tuner).steps.enough)
	}
}
