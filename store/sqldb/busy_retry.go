package sqldb

import (
	"context"
	"errors"
	"time"
)

const (
	// leastPause and mostPause bound the wait between two looks for the write lock, which is a
	// hundredth of what has been waited. A look costs some microseconds; SQLite itself looks only
	// ten times a second, too seldom for who has to answer within one. But a process that is
	// stopped may hold the lock for hours.
	leastPause = time.Millisecond
	mostPause  = 100 * time.Millisecond
	// sqliteBusy is SQLite's code for a database that somebody else is writing; further bits say
	// how.
	sqliteBusy = 5
)

// begin begins a write transaction on SQLite as soon as nobody else has one, or says who has.
func (s *DB) begin(ctx context.Context) (err error) {
	started := time.Now()
	deadline := started.Add(s.busyTimeout)
	look := func() { s.lockWait.look(s.writeQueue.holder) }
	if err := s.writeQueue.enter(ctx, deadline, look); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.writeQueue.leave()
		}
	}()
	for {
		// Not cut short either: a transaction that has begun all the same would be left open, and
		// nobody could begin another.
		_, err := s.writer.conn.ExecContext(context.WithoutCancel(ctx), "BEGIN IMMEDIATE")
		if err == nil {
			s.writeQueue.sign()
			s.lockWait.over()
			return nil
		}
		if !busy(err) {
			return err
		}
		if time.Now().After(deadline) {
			return s.lockedBy(err)
		}
		look()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(busyPause(started)):
		}
	}
}

// busyPause is the wait before the next look for a lock that has been waited for since started.
func busyPause(started time.Time) time.Duration {
	return min(max(time.Since(started)/100, leastPause), mostPause)
}

// lockedBy adds to an error of a locked database who has locked it.
func (s *DB) lockedBy(err error) error {
	if !busy(err) || s.writeQueue == nil {
		return err
	}
	return &lockedError{by: s.writeQueue.holder(), cause: err}
}

func busy(err error) bool {
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code()&0xff == sqliteBusy
}
