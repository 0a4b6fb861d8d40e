package sqldb

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// integrityEvery is how often a SQLite file is looked through while it is in use,
	// integrityShare how many times longer than a look the time to the next one is.
	integrityEvery = 30 * time.Second
	integrityShare = 60
	// integrityBytes is the largest file that is looked through. The caches hold a small part of a
	// larger one: whoever uses what is damaged reads it, and is told.
	integrityBytes = 1 << 30
)

// integrity watches over a SQLite file that is in use. What is in a connection's cache it never
// reads again, so that a program could go on for days on a file that nobody can open any more.
type integrity struct {
	every time.Duration
	share time.Duration // of a look's length
	found atomic.Pointer[error]
	stop  func()
}

// watch begins to look at the file, until stop.
func (s *DB) watch() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for pause := s.integrity.every; ; {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			began := time.Now()
			s.note(s.examine(ctx))
			pause = max(s.integrity.every, s.integrity.share*time.Since(began))
		}
	})
	s.integrity.stop = func() { cancel(); running.Wait() }
}

// note keeps what a look has found, nil for a file that is as it should be, and tells it once.
func (s *DB) note(err error) {
	var damaged *Damaged
	var gone *Gone
	if !errors.As(err, &damaged) && !errors.As(err, &gone) {
		s.integrity.found.Store(nil) // any other error is told by those who meet it
		return
	}
	if s.integrity.found.Swap(&err) == nil {
		slog.Error("the store cannot be relied on", "error", err)
	}
}

// sound is what the last look at the file has found.
func (s *DB) sound() error {
	if found := s.integrity.found.Load(); found != nil {
		return *found
	}
	return nil
}

// examine looks through the file by a connection that has nothing in its cache.
func (s *DB) examine(ctx context.Context) error {
	if err := s.present(); err != nil {
		return err
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	db, err := s.connect(sqliteDSN(s.path, readCacheKiB, readOnly))
	if err != nil {
		return err
	}
	query := "PRAGMA quick_check(1)"
	if info.Size() > integrityBytes {
		query = "SELECT 'ok' FROM sqlite_schema LIMIT 1"
	}
	var said string
	err = db.QueryRowContext(ctx, query).Scan(&said)
	if err = Explain(errors.Join(err, db.Close())); err == nil && said != "ok" {
		err = AsDamaged("the file", errors.New(said))
	}
	return err
}
