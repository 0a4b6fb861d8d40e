package host

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/worker"

	"audienceflow/activities"
)

const (
	// activitySlots bounds the steps under way at once on one destination: two full windows of
	// batches, and readers.
	activitySlots = 48
	// eagerSlots bounds the steps that the worker which advances a run takes for itself while
	// others serve the destination too; the rest is for whoever is free. A worker that is alone
	// takes all of them, which spares Temporal a fifth of its work.
	eagerSlots = 4
	// pollers are how many steps a worker asks for at a time.
	pollers = 2
	// holdBack is how much longer a worker waits before it asks for another step, for each one that
	// it has beyond what keeps its requests in flight; mostHoldBack is the longest, so that a
	// worker that is alone loses no time to speak of.
	holdBack     = 40 * time.Millisecond
	mostHoldBack = time.Second
)

// tuner shares the steps of a destination between its workers: one that has enough to do lets the
// others go first. Temporal gives a step to any worker that asks for one, and a worker whose
// requests wait for one another would ask for more all the same.
type tuner struct {
	worker.WorkerTuner
	steps yieldingSlots
}

// newTuner makes one for a worker that has so many requests of so many contacts in flight at most.
func newTuner(concurrency, requestSize int, alone *atomic.Bool) (worker.WorkerTuner, error) {
	fixed, err := worker.NewFixedSizeTuner(worker.FixedSizeTunerOptions{NumActivitySlots: activitySlots})
	if err != nil {
		return nil, err
	}
	enough := pollers + max(1, (concurrency*requestSize+activities.BatchSize-1)/activities.BatchSize)
	return tuner{fixed, yieldingSlots{fixed.GetActivityTaskSlotSupplier(), enough, alone}}, nil
}

func (t tuner) GetActivityTaskSlotSupplier() worker.SlotSupplier { return t.steps }

// yieldingSlots are slots that are given later the more of them are in use.
type yieldingSlots struct {
	worker.SlotSupplier
	enough int // slots in use from which on others go first
	alone  *atomic.Bool
}

func (s yieldingSlots) ReserveSlot(ctx context.Context, info worker.SlotReservationInfo) (*worker.SlotPermit, error) {
	if beyond := info.NumIssuedSlots() - s.enough; beyond > 0 {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(mostHoldBack, holdBack*time.Duration(beyond))):
		}
	}
	return s.SlotSupplier.ReserveSlot(ctx, info)
}

// TryReserveSlot is asked for steps that a worker takes for itself.
func (s yieldingSlots) TryReserveSlot(info worker.SlotReservationInfo) *worker.SlotPermit {
	most := s.enough
	if !s.alone.Load() {
		most = min(most, pollers+eagerSlots)
	}
	if info.NumIssuedSlots() >= most {
		return nil
	}
	return s.SlotSupplier.TryReserveSlot(info)
}
