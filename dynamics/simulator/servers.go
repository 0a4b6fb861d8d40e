package simulator

import (
	"net/http"
	"time"
)

// Servers are the web servers of an environment and nothing behind them: the limits and the load
// model alone, for whoever measures a controller in virtual time.
type Servers struct{ load *load }

// Answer is what one request to Servers came to.
type Answer struct {
	// Hint is the parallelism that an answer recommends; a refusal has none.
	Hint int
	// Code is empty unless the request was refused with a 429.
	Code, Message string
	RetryAfter    time.Duration
	// Header is what an answer tells of limits and load.
	Header http.Header
}

// wayBack is how long the answer that refuses a request is on its way.
const wayBack = 20 * time.Millisecond

// NewServers makes the web servers of o, with its limits changed by change unless that is nil.
func NewServers(o Options, change func(*Limits)) *Servers {
	stats := &statistics{}
	stats.clear(time.Now())
	s := &Servers{newLoad(o.withDefaults(), time.Now, stats)}
	if change != nil {
		change(&s.load.limits)
	}
	return s
}

// Serve answers a request of a process that writes so many rows; it sleeps for as long as that
// takes.
func (s *Servers) Serve(process string, rows int) Answer {
	v, refusal := s.load.admit(process, "")
	defer v.leave()
	status, written := 204, rows
	defer func() { s.load.stats.answered("write", status, written) }()
	if refusal != nil {
		status, written = refusal.status, 0
		v.leaveServer()
		s.load.sleep(wayBack)
		return Answer{Code: refusal.code, Message: refusal.message, RetryAfter: refusal.wait}
	}
	v.work(rows)
	spelt := http.Header{}
	v.headers(spelt, status, false)
	a := Answer{Hint: s.load.hint(), Header: http.Header{}}
	for name, values := range spelt { // as a network would have it
		a.Header[http.CanonicalHeaderKey(name)] = values
	}
	return a
}

// Stats gives the counts so far.
func (s *Servers) Stats() Stats {
	result, rows := s.load.stats.stats(s.load.now())
	result.Allowed = s.load.allowed(rows)
	return result
}

// Allowed is the throughput that the limits and the load model allow in the long run, with so many
// rows in each request.
func (s *Servers) Allowed(rows int) Allowed { return s.load.allowed(float64(rows)) }

// Limits are those of each server.
func (s *Servers) Limits() Limits { return s.load.limits }
