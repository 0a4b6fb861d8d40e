package receive

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

const (
	// freeTries of a source without a valid token are answered at once, as are those after
	// forgetAfter without any. Each further one waits twice as long as the one before, up to
	// longestHold.
	freeTries   = 3
	firstHold   = 100 * time.Millisecond
	longestHold = 2 * time.Second
	forgetAfter = 10 * time.Minute
	// mostHeld bounds the answers that wait at once, mostSources the sources that are told apart:
	// both cost memory.
	mostHeld    = 256
	mostSources = 1024
	// tellEvery is how often a line may tell of one source; there are at most mostLines of them in
	// that time.
	tellEvery = time.Minute
	mostLines = 20
)

// strangers are those who come without a valid token: they are told of in the log and slowed, by
// their source.
type strangers struct {
	now  func() time.Time
	held chan struct{}

	mu      sync.Mutex
	sources map[netip.Prefix]*stranger
	lines   int       // told since began
	began   time.Time // of the time for which lines are counted
}

type stranger struct {
	tries  int // all of them
	untold int
	last   time.Time
	told   time.Time
}

func newStrangers(now func() time.Time) *strangers {
	return &strangers{now: now, held: make(chan struct{}, mostHeld), sources: map[netip.Prefix]*stranger{}}
}

// hold notes a try of a source and waits as long as it has deserved, or until ctx ends.
func (s *strangers) hold(ctx context.Context, address string) {
	wait := s.note(sourceOf(address))
	if wait == 0 {
		return
	}
	select {
	case s.held <- struct{}{}:
	default:
		return // too many wait: to answer costs less
	}
	defer func() { <-s.held }()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// sourceOf is the address that a connection comes from or, with IPv6, the network: that is what one
// sender has.
func sourceOf(address string) netip.Prefix {
	from, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	at := from.Addr().Unmap().WithZone("")
	bits := at.BitLen()
	if at.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(at, bits).Masked()
}

// note counts a try, tells of it if that is due, and gives the time that its answer is to wait.
func (s *strangers) note(source netip.Prefix) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	one := s.sources[source]
	if one == nil {
		if s.forget(now); len(s.sources) >= mostSources {
			source = netip.Prefix{} // all the others together
			one = s.sources[source]
		}
		if one == nil {
			one = &stranger{}
			s.sources[source] = one
		}
	}
	if now.Sub(one.last) > forgetAfter {
		one.tries = 0
	}
	one.tries++
	one.untold++
	one.last = now
	s.tell(source, one, now)
	if one.tries <= freeTries {
		return 0
	}
	return min(longestHold, firstHold<<min(one.tries-freeTries-1, 8))
}

func (s *strangers) forget(now time.Time) {
	if len(s.sources) < mostSources {
		return
	}
	for source, one := range s.sources {
		if now.Sub(one.last) > forgetAfter {
			delete(s.sources, source)
		}
	}
}

func (s *strangers) tell(source netip.Prefix, one *stranger, now time.Time) {
	if now.Sub(s.began) >= tellEvery {
		s.began, s.lines = now, 0
	}
	if !one.told.IsZero() && now.Sub(one.told) < tellEvery || s.lines >= mostLines {
		return
	}
	s.lines++
	from := "many others"
	if source.IsValid() {
		from = source.Addr().String()
		if !source.IsSingleIP() {
			from = source.String()
		}
	}
	slog.Warn("requests without a valid token", "from", from, "requests", one.untold)
	one.told, one.untold = now, 0
}
