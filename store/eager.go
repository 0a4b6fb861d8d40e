package store

import (
	"context"
	"errors"
	"time"
)

const (
	// eagerPause is the wait between two tries of an eager writer. A try costs some microseconds.
	eagerPause = time.Millisecond
	// sqliteBusy is SQLite's code for a database that somebody else is writing; further bits say how.
	sqliteBusy = 5
)

// WithEagerWrites makes the wait for another process' write transaction as short as it can be. SQLite itself looks only ten times
// a second whether it is over, and who has to answer somebody within a second cannot wait so long. Eager writers that share a file
// write by turns.
func WithEagerWrites() Option {
	return func(s *Store) { s.eager = true }
}

// hurry keeps SQLite from waiting on its own.
func (s *Store) hurry(ctx context.Context, path string) (err error) {
	if !s.eager {
		return nil
	}
	if s.turns, err = openTurns(path); err != nil {
		return err
	}
	_, err = s.writer.conn.ExecContext(ctx, "PRAGMA busy_timeout = 0")
	return err
}

// begin begins a write transaction on SQLite as soon as nobody else has one.
func (s *Store) begin(ctx context.Context) (err error) {
	deadline := time.Now().Add(busyTimeout)
	if err := s.turns.take(ctx, deadline); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.turns.give()
		}
	}()
	for {
		// Not cut short either: a transaction that has begun all the same would be left open, and nobody could begin another.
		_, err := s.writer.conn.ExecContext(context.WithoutCancel(ctx), "BEGIN IMMEDIATE")
		if !s.eager || !busy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(eagerPause):
		}
	}
}

func busy(err error) bool {
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code()&0xff == sqliteBusy
}
