package sqldb

import (
	"context"
	"errors"
	"os"
	"time"
)

// writeQueue queues the processes that want SQLite's write lock. SQLite's own lock has no order:
// without the queue a process that writes one transaction after the other is nearly always faster
// to begin the next than one that waits, however soon that looks again.
//
// It is two file locks: whoever wants to write waits for the second with the first in hand, so that
// whoever has just written waits for the first until the other has begun. The system frees them
// when a process ends, however it ends. Whoever writes signs the second file, so that those who
// wait can say for whom.
type writeQueue struct {
	queued, writing *os.File
	entered         bool // writing is locked by this process
}

func openWriteQueue(path string) (*writeQueue, error) {
	next, err := os.OpenFile(path+"-next", os.O_RDWR|os.O_CREATE, privateFile)
	if err != nil {
		return nil, err
	}
	now, err := os.OpenFile(path+"-turn", os.O_RDWR|os.O_CREATE, privateFile)
	if err != nil {
		return nil, errors.Join(err, next.Close())
	}
	return &writeQueue{queued: next, writing: now}, nil
}

// enter waits until this process may write; at the deadline it goes on without: SQLite's own lock
// is what keeps writers apart. It calls look at each look.
func (t *writeQueue) enter(ctx context.Context, deadline time.Time, look func()) error {
	if _, err := await(ctx, deadline, t.queued, look); err != nil {
		return err
	}
	defer unlockFile(t.queued)
	var err error
	if t.entered, err = await(ctx, deadline, t.writing, look); t.entered {
		t.unsign() // one that was killed has left its own
	}
	return err
}

func (t *writeQueue) leave() {
	if t.entered {
		t.unsign()
		unlockFile(t.writing)
	}
	t.entered = false
}

func (t *writeQueue) close() error {
	if t == nil {
		return nil
	}
	return errors.Join(t.queued.Close(), t.writing.Close())
}

// await tells whether it has the lock; at the deadline it gives up.
func await(ctx context.Context, deadline time.Time, lock *os.File, look func()) (bool, error) {
	started := time.Now()
	for !lockFile(lock) {
		if time.Now().After(deadline) {
			return false, nil
		}
		look()
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(busyPause(started)):
		}
	}
	return true, nil
}
