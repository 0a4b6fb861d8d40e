package activities

import (
	"context"
	"sync"
	"time"

	"audienceflow/runs"
	"audienceflow/store"
)

const (
	// countShare bounds the time that a worker spends counting a run to one part in so many: a
	// count reads a row per batch, so that counting after each batch alone would grow with the
	// square of a large run.
	countShare = 20
	// countedRuns is how many runs' numbers a worker remembers: more than ever are under way at
	// once.
	countedRuns = 64
)

// runCounter counts the rows of runs under way, as often as is cheap. Towards the end of a run it
// counts every time.
type runCounter struct {
	store *store.Store
	mu    sync.Mutex
	last  map[string]runCount
}

type runCount struct {
	numbers runs.Numbers
	due     time.Time // to be counted again from then on
}

func newRunCounter(s *store.Store) *runCounter {
	return &runCounter{store: s, last: map[string]runCount{}}
}

// count gives the numbers of a run, which may be a little older than the call.
func (c *runCounter) count(ctx context.Context, run string) (*runs.Numbers, error) {
	c.mu.Lock()
	last, counted := c.last[run]
	c.mu.Unlock()
	began := time.Now()
	if counted && last.numbers.Pending > countShare*BatchSize && began.Before(last.due) {
		return &last.numbers, nil
	}
	n, err := c.store.Counts(ctx, run)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.last) >= countedRuns {
		clear(c.last)
	}
	ended := time.Now()
	c.last[run] = runCount{numbers: n, due: ended.Add(countShare * ended.Sub(began))}
	return &n, nil
}
