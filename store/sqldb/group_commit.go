package sqldb

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Group commit: SQLite has one writer, and syncs each commit to the disk. Whoever gets the writing
// connection makes the changes of those who wait for it too, each after the first between
// savepoints of its own, and commits all of them at once.
const (
	// groupChanges and groupTime bound what one commit takes in, so that nobody waits long for
	// others.
	groupChanges = 16
	groupTime    = 100 * time.Millisecond
)

// pendingChange is a change that waits to be made.
type pendingChange struct {
	change func(t *Tx) error
	done   chan error // gets what has become of it, once
}

// queue holds the changes that wait, in order.
type queue struct {
	mu      sync.Mutex
	waiting []*pendingChange
}

func (q *queue) add(w *pendingChange) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, w)
}

// next takes the first, nil if there is none.
func (q *queue) next() *pendingChange {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil
	}
	w := q.waiting[0]
	q.waiting = q.waiting[1:]
	return w
}

// remove takes one back; false if somebody has begun with it.
func (q *queue) remove(w *pendingChange) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := slices.Index(q.waiting, w)
	if at < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, at, at+1)
	return true
}

// refuse tells all that wait that another process keeps the lock, if that is the error: or each of
// them would wait as long again.
func (q *queue) refuse(err error) {
	var held *lockedError
	if !errors.As(err, &held) {
		return
	}
	for w := q.next(); w != nil; w = q.next() {
		w.done <- err
	}
}

// updateSQLite makes a change, together with others that wait. It gives up only before somebody has
// begun with it.
func (s *DB) updateSQLite(ctx context.Context, change func(t *Tx) error) error {
	w := s.writer
	own := &pendingChange{change: change, done: make(chan error, 1)}
	w.queue.add(own)
	select {
	case err := <-own.done:
		return err
	case <-ctx.Done():
		if w.queue.remove(own) {
			return ctx.Err()
		}
		return <-own.done
	case <-w.turn:
	}
	defer func() { w.turn <- struct{}{} }()
	for {
		select {
		case err := <-own.done: // the one before has done it
			return err
		default:
		}
		if err := s.commitGroup(ctx); err != nil {
			w.queue.remove(own)
			w.queue.refuse(err)
			return Explain(err)
		}
	}
}

// commitGroup makes the changes at the head of the queue in one transaction. Its error says that it
// could not begin.
func (s *DB) commitGroup(ctx context.Context) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.writeQueue.leave()
	conn, end := s.writer.conn, context.WithoutCancel(ctx) // once begun it ends, whatever ctx says
	var made []*pendingChange
	err := errors.New("a change has panicked")
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(end, "ROLLBACK") // of which SQLite may have taken care (no space)
		}
		for _, w := range made {
			w.done <- Explain(err)
		}
	}()
	began := time.Now()
	for n := 0; n < groupChanges && time.Since(began) < groupTime; n++ {
		w := s.writer.queue.next()
		if w == nil {
			break
		}
		made = append(made, w)
		if n == 0 { // nobody else's work can be lost by it yet, and without a savepoint no page has to be kept as it was
			if err = w.change(&Tx{db: s, run: s.writer}); err != nil {
				return nil
			}
			continue
		}
		var undone bool
		if undone, err = s.change(end, w); err != nil {
			return nil
		}
		if undone {
			made = made[:len(made)-1]
		}
	}
	_, err = conn.ExecContext(end, "COMMIT")
	return nil
}

// change makes one change. One that fails is undone, and told so. The error says that the whole
// transaction is lost.
func (s *DB) change(ctx context.Context, w *pendingChange) (undone bool, err error) {
	if _, err := s.writer.ExecContext(ctx, "SAVEPOINT one"); err != nil {
		return false, err
	}
	failure := w.change(&Tx{db: s, run: s.writer})
	if failure != nil {
		if _, err := s.writer.ExecContext(ctx, "ROLLBACK TO one"); err != nil {
			return false, failure // SQLite has rolled back by itself
		}
	}
	if _, err := s.writer.ExecContext(ctx, "RELEASE one"); err != nil {
		return false, errors.Join(failure, err)
	}
	if failure != nil {
		w.done <- Explain(failure)
	}
	return failure != nil, nil
}
