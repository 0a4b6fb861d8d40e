package lease

import (
	"errors"
	"sync"
	"time"
)

// ErrOver ends an attempt that may have lost its batch without having heard of it.
var ErrOver = errors.New("the worker was stopped, or could not reach the store, for so long that another may have taken over: " +
	"nothing more is sent before that is clear")

// Instant is a moment by two clocks: one that is never set and, where the system has it, goes on
// while it is suspended, and the calendar's, which goes on in any case.
type Instant struct{ Running, Calendar time.Duration }

// Plus is a moment later by both clocks.
func (i Instant) Plus(d time.Duration) Instant { return Instant{i.Running + d, i.Calendar + d} }

// Reaches tells whether either clock has come to another instant: one of them may have been
// stopped, or set back.
func (i Instant) Reaches(other Instant) bool {
	return i.Running >= other.Running || i.Calendar >= other.Calendar
}

// Now is the present by the clocks of the system.
func Now() Instant { return Instant{running(), time.Duration(time.Now().UnixNano())} }

// Lease is until when a batch is an attempt's alone, as far as this process knows. It begins as one
// that is over.
type Lease struct {
	now    func() Instant
	length time.Duration
	room   time.Duration

	mu  sync.Mutex
	end Instant
}

// New gives a lease that is prolonged by length each time, and is over while less is left of it
// than the room that a request needs. A nil now is the system's.
func New(now func() Instant, length, room time.Duration) *Lease {
	if now == nil {
		now = Now
	}
	return &Lease{now: now, length: length, room: room}
}

// Now is the present by the clock of the lease.
func (l *Lease) Now() Instant { return l.now() }

// Length is how long it is when it was prolonged just now.
func (l *Lease) Length() time.Duration { return l.length }

// Extended says that the store has prolonged the lease when it was asked to at an instant, or a
// little later.
func (l *Lease) Extended(asked Instant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = asked.Plus(l.length)
}

// Check is ErrOver once a request might last longer than the lease.
func (l *Lease) Check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now().Reaches(l.end.Plus(-l.room)) {
		return ErrOver
	}
	return nil
}

var started = time.Now()

func sinceStart() time.Duration { return time.Since(started) }
