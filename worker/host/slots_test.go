package host

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
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
	alone := new(atomic.Bool)
	s := yieldingSlots{free{}, 4, alone}
	for slots, want := range map[int]time.Duration{0: 0, 4: 0, 5: holdBack, 10: 6 * holdBack, 48: mostHoldBack} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			permit, err := s.ReserveSlot(t.Context(), issued{slots: slots})
			require.NoError(t, err)
			require.NotNil(t, permit)
			require.Equal(t, want, time.Since(began), "with %d slots in use", slots)
		})
	}
	alone.Store(true)
	require.NotNil(t, s.TryReserveSlot(issued{slots: 3}))
	require.Nil(t, s.TryReserveSlot(issued{slots: 4}), "it takes no more for itself")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.ReserveSlot(ctx, issued{slots: 48})
	require.ErrorIs(t, err, context.Canceled, "a worker that stops does not wait")
}

func TestAWorkerTakesFewStepsForItselfWhenItIsNotAlone(t *testing.T) {
	alone := new(atomic.Bool)
	s := yieldingSlots{free{}, 28, alone}
	require.NotNil(t, s.TryReserveSlot(issued{slots: pollers + eagerSlots - 1}))
	require.Nil(t, s.TryReserveSlot(issued{slots: pollers + eagerSlots}))
	alone.Store(true)
	require.NotNil(t, s.TryReserveSlot(issued{slots: 27}))
	require.Nil(t, s.TryReserveSlot(issued{slots: 28}))
}

// queue is a task queue that workers ask.
type queue struct {
	mu      sync.Mutex
	workers []string
	err     error
}

func (q *queue) set(workers []string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.workers, q.err = workers, err
}

func (q *queue) DescribeTaskQueue(context.Context, string, enums.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var pollers []*taskqueue.PollerInfo
	for _, name := range q.workers {
		pollers = append(pollers, &taskqueue.PollerInfo{Identity: name})
	}
	return &workflowservice.DescribeTaskQueueResponse{Pollers: pollers}, q.err
}

func TestAWorkerSeesWhetherItIsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, alone := &queue{}, new(atomic.Bool)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go watchPollers(ctx, q, "dynamics-dynamics", alone)
		for _, step := range []struct {
			workers []string
			err     error
			want    bool
		}{{nil, nil, true}, {[]string{"1@a", "1@a"}, nil, true}, {[]string{"1@a", "1@b"}, nil, false}, {[]string{"1@a"}, nil, true}, {nil, errors.New("no answer"), false}} {
			q.set(step.workers, step.err)
			time.Sleep(pollersEvery)
			synctest.Wait()
			require.Equal(t, step.want, alone.Load(), "%v", step)
		}
	})
}

func TestEnoughKeepsTheRequestsInFlight(t *testing.T) {
	for _, c := range []struct{ concurrency, requestSize, want int }{{52, 500, 26}, {52, 250, 13}, {2, 100, 1}, {3, 500, 2}} {
		made, err := newTuner(c.concurrency, c.requestSize, new(atomic.Bool))
		require.NoError(t, err)
		require.Equal(t, pollers+c.want, made.(tuner).steps.enough)
	}
}
