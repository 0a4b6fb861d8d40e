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
	var transactions atomic.Int64
	go func() { ended <- hog(db, held, stop, &transactions) }()
	var most int64
	for n := range 10 {
		<-held
		before := transactions.Load()
		receive(t, s, event(n, day(9)))
		most = max(most, transactions.Load()-before)
	}
	close(stop)
	require.NoError(t, <-ended)
	require.Less(t, most, int64(10), "transactions of the other process for which a sender waits")
}

// hog writes one long transaction after the other, counts them, and says when it has begun one.
func hog(db *sql.DB, held chan<- struct{}, stop <-chan struct{}, transactions *atomic.Int64) error {
	for {
		for _, query := range []string{"BEGIN IMMEDIATE", "COMMIT"} {
			if _, err := db.Exec(query); err != nil {
				return err
			}
			wait := hogHolds
			if query == "COMMIT" {
				transactions.Add(1)
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

// TestWritersTakeTurns: however fast one is to begin its next transaction, the other is not passed
// over.
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
