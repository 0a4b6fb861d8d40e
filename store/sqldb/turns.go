package sqldb

import (
	"context"
	"errors"
	"os"
	"time"
)

// turns makes the processes that share an SQLite file write by turns. Without it one that writes one transaction after the other
// is nearly always faster to begin the next than one that waits, however soon that looks again.
//
// It is a turnstile of two file locks: whoever wants to write waits for the second with the first in hand, so that whoever has just
// written has to wait for the first until the other has begun. The system frees them when a process ends, however it ends.
//
// Whoever writes signs the second file, so that those who wait can say for whom.
type turns struct {
	next, now *os.File
	ours      bool // now is locked by this process
}

func openTurns(path string) (*turns, error) {
	next, err := os.OpenFile(path+"-next", os.O_RDWR|os.O_CREATE, privateFile)
	if err != nil {
		return nil, err
	}
	now, err := os.OpenFile(path+"-turn", os.O_RDWR|os.O_CREATE, privateFile)
	if err != nil {
		return nil, errors.Join(err, next.Close())
	}
	return &turns{next: next, now: now}, nil
}

// take waits for the turn; at the deadline it goes on without: SQLite's own lock is what keeps writers apart. It calls look
// at each look.
func (t *turns) take(ctx context.Context, deadline time.Time, look func()) error {
	if _, err := await(ctx, deadline, t.next, look); err != nil {
		return err
	}
	defer unlockFile(t.next)
	var err error
	if t.ours, err = await(ctx, deadline, t.now, look); t.ours {
		t.unsign() // one that was killed has left its own
	}
	return err
}

func (t *turns) give() {
	if t.ours {
		t.unsign()
		unlockFile(t.now)
	}
	t.ours = false
}

func (t *turns) close() error {
	if t == nil {
		return nil
	}
	return errors.Join(t.next.Close(), t.now.Close())
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
		case <-time.After(lockPause(started)):
		}
	}
	return true, nil
}
