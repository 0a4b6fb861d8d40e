package store_test

import (
	"database/sql"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"audienceflow/store/inbox"
)

const (
	hogHolds = 100 * time.Millisecond // a long write transaction of another process
	hogRests = 2 * time.Millisecond   // what it leaves before the next
)

func TestAWriterFindsTheGapsOfABusyOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, "sqlite:"+path)
	openStream(t, s)
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	db.SetMaxOpenConns(1)
	held, stop, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { ended <- hog(db, held, stop) }()
	var longest time.Duration
	for n := range 10 {
		<-held
		begun := time.Now()
		receive(t, s, event(n, day(9)))
		longest = max(longest, time.Since(begun))
	}
	close(stop)
	require.NoError(t, <-ended)
	require.Less(t, longest, 10*hogHolds, "a sender is answered in time")
}

// hog writes one long transaction after the other, and says when it has begun one.
func hog(db *sql.DB, held chan<- struct{}, stop <-chan struct{}) error {
	for {
		for _, query := range []string{"BEGIN IMMEDIATE", "COMMIT"} {
			if _, err := db.Exec(query); err != nil {
				return err
			}
			wait := hogHolds
			if query == "COMMIT" {
				wait = hogRests
			}
			if query != "COMMIT" {
				select {
				case held <- struct{}{}:
				default: // nobody waits to hear of it
				}
			}
			select {
			case <-time.After(wait):
			case <-stop:
				_, err := db.Exec("ROLLBACK")
				if query == "COMMIT" {
					err = nil // there was nothing to roll back
				}
				return err
			}
		}
	}
}

// TestWritersTakeTurns: however fast one is to begin its next transaction, the other is not passed over.
func TestWritersTakeTurns(t *testing.T) {
	path := "sqlite:" + filepath.Join(t.TempDir(), "store.db")
	one, two := open(t, path), open(t, path)
	openStream(t, one)
	many := make([]inbox.Event, 1_000)
	for i := range many {
		many[i] = event(i, day(9))
	}
	var written atomic.Int64
	var hogs errgroup.Group
	stop := make(chan struct{})
	for range 3 { // one is always waiting to begin the next
		hogs.Go(func() error {
			for {
				select {
				case <-stop:
					return nil
				default:
				}
				if _, err := two.Receive(t.Context(), many, nil); err != nil {
					return err
				}
				written.Add(1)
			}
		})
	}
	for range 30 {
		before := written.Load()
		receive(t, one, many[0])
		require.LessOrEqual(t, written.Load()-before, int64(6), "those under way, and those not yet counted")
	}
	close(stop)
	require.NoError(t, hogs.Wait())
}
