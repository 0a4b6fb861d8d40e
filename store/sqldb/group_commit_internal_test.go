package sqldb

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
)

// schema is what these tests keep: names.
var schema = fstest.MapFS{
	"00001_schema.sql": {Data: []byte("-- +goose Up\nCREATE TABLE store_info (name TEXT PRIMARY KEY, value TEXT NOT NULL);\nCREATE TABLE destinations (destination TEXT PRIMARY KEY);\n")},
	"sqlite/empty":     {},
	"postgres/empty":   {},
}

// waitTogether lets changes wait for the turn of a new store until all of them do, and gives what
// became of each.
func waitTogether(t *testing.T, changes ...func(t *Tx) error) (*DB, []error) {
	t.Helper()
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"), schema, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	<-s.writer.turn
	results := make([]chan error, len(changes))
	for i, change := range changes {
		results[i] = make(chan error, 1)
		go func() { results[i] <- s.Update(t.Context(), change) }()
		require.Eventually(t, func() bool {
			s.writer.queue.mu.Lock()
			defer s.writer.queue.mu.Unlock()
			return len(s.writer.queue.waiting) == i+1
		}, time.Minute, time.Millisecond)
	}
	s.writer.turn <- struct{}{}
	errs := make([]error, len(changes))
	for i, result := range results {
		errs[i] = <-result
	}
	return s, errs
}

func destinations(t *testing.T, s *DB) (names []string, err error) {
	t.Helper()
	err = s.QueryEach(t.Context(), `SELECT destination FROM destinations ORDER BY destination`, nil, Column(&names))
	return names, err
}

func addDestination(name string, then error) func(t *Tx) error {
	return func(t *Tx) error {
		_, err := t.Exec(context.Background(), `INSERT INTO destinations (destination) VALUES (?)`, name)
		return errors.Join(err, then)
	}
}

func TestChangesThatWaitAreMadeTogether(t *testing.T) {
	no := errors.New("no")
	s, errs := waitTogether(t, addDestination("a", nil), addDestination("b", no), addDestination("c", nil))
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], no)
	require.NoError(t, errs[2])
	names, err := destinations(t, s)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "c"}, names, "one that fails takes nobody else's change with it")
}

func TestTheFirstChangeIsUndoneByItself(t *testing.T) {
	no := errors.New("no")
	s, errs := waitTogether(t, addDestination("a", no), addDestination("b", nil), addDestination("c", nil))
	require.ErrorIs(t, errs[0], no)
	require.NoError(t, errs[1])
	require.NoError(t, errs[2])
	names, err := destinations(t, s)
	require.NoError(t, err)
	require.Equal(t, []string{"b", "c"}, names)
}

func TestALostTransactionIsToldToAll(t *testing.T) {
	full := errors.New("no space")
	lose := func(t *Tx) error { // as SQLite does when it rolls back by itself
		_, err := t.Exec(context.Background(), "ROLLBACK")
		return errors.Join(full, err)
	}
	s, errs := waitTogether(t, addDestination("a", nil), lose, addDestination("c", nil))
	require.ErrorIs(t, errs[0], full, "it was made, and lost again")
	require.ErrorIs(t, errs[1], full)
	require.NoError(t, errs[2], "it was not begun")
	names, err := destinations(t, s)
	require.NoError(t, err)
	require.Equal(t, []string{"c"}, names)
}

func TestAChangeIsGivenUpOnlyBeforeItIsBegun(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"), schema, Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	ctx, cancel := context.WithCancel(t.Context())
	<-s.writer.turn
	result := make(chan error, 1)
	go func() { result <- s.Update(ctx, addDestination("a", nil)) }()
	cancel()
	require.ErrorIs(t, <-result, context.Canceled)
	s.writer.turn <- struct{}{}

	ctx, cancel = context.WithCancel(t.Context())
	require.NoError(t, s.Update(ctx, func(t *Tx) error {
		cancel()
		return addDestination("b", nil)(t)
	}))
	names, err := destinations(t, s)
	require.NoError(t, err)
	require.Equal(t, []string{"b"}, names)
}

// TestAChangeThatIsGivenUpLeavesNoTransaction gives up changes at about the moment when they begin.
func TestAChangeThatIsGivenUpLeavesNoTransaction(t *testing.T) {
	s, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "store.db"), schema, Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	for n := range 3000 {
		ctx, cancel := context.WithCancel(t.Context())
		begun := make(chan struct{})
		go func() {
			<-begun
			for range n % 100 {
				runtime.Gosched()
			}
			cancel()
		}()
		close(begun)
		if err := s.Update(ctx, func(*Tx) error { return nil }); err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
	}
	require.NoError(t, s.Update(t.Context(), addDestination("a", nil)))
}
