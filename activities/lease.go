package activities

import (
	"sync"
	"time"
)

// instant is a moment by two clocks: one that is never set and, where the system has it, goes on while it is suspended,
// and the calendar's, which goes on in any case.
type instant struct{ running, calendar time.Duration }

func (i instant) plus(d time.Duration) instant { return instant{i.running + d, i.calendar + d} }

// reaches tells whether either clock has come to another instant: one of them may have been stopped, or set back.
func (i instant) reaches(other instant) bool {
	return i.running >= other.running || i.calendar >= other.calendar
}

func systemClock() instant { return instant{running(), time.Duration(time.Now().UnixNano())} }

// lease is until when a batch is this attempt's alone, as far as this process knows.
type lease struct {
	clock  func() instant
	length time.Duration
	room   time.Duration // what a request needs

	mu  sync.Mutex
	end instant
}

func newLease(o Options) *lease {
	l := &lease{clock: o.clock, length: o.Destination.lease(), room: o.Destination.requestLasts()}
	if l.clock == nil {
		l.clock = systemClock
	}
	return l
}

// extended says that the store has prolonged the lease when it was asked to at an instant, or a little later.
func (l *lease) extended(asked instant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = asked.plus(l.length)
}

// holds is an error once a request might last longer than the lease.
func (l *lease) holds() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.clock().reaches(l.end.plus(-l.room)) {
		return errLeaseOver
	}
	return nil
}

var started = time.Now()

func sinceStart() time.Duration { return time.Since(started) }
