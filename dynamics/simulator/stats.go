package simulator

import (
	"maps"
	"math"
	"sync"
	"time"
)

// statistics counts what clients did.
type statistics struct {
	mu sync.Mutex
	requestCounts
}

type requestCounts struct {
	since       time.Time
	requests    int
	tokens      int
	byKind      map[string]int
	byStatus    map[int]int
	rows        int
	bulks       int // requests that wrote rows
	throttled   map[string]int
	earlyCount  int
	inFlight    int
	peak        int
	servedTotal float64
}

func (s *statistics) clear(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inFlight := s.inFlight
	s.requestCounts = requestCounts{since: now, byKind: map[string]int{}, byStatus: map[int]int{}, throttled: map[string]int{}}
	s.inFlight, s.peak = inFlight, inFlight
}

func (s *statistics) count(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *statistics) token() { s.count(func() { s.tokens++ }) }
func (s *statistics) early() { s.count(func() { s.earlyCount++ }) }
func (s *statistics) left()  { s.count(func() { s.inFlight-- }) }

func (s *statistics) entered() {
	s.count(func() {
		s.inFlight++
		s.peak = max(s.peak, s.inFlight)
	})
}

func (s *statistics) throttle(limit string)  { s.count(func() { s.throttled[limit]++ }) }
func (s *statistics) served(seconds float64) { s.count(func() { s.servedTotal += seconds }) }

// answered books a request when its answer is known; rows are those that it committed.
func (s *statistics) answered(kind string, status, rows int) {
	s.count(func() {
		s.requests++
		s.byKind[kind]++
		s.byStatus[status]++
		s.rows += rows
		if rows > 0 {
			s.bulks++
		}
	})
}

// Stats is what GET /_simulator/stats shows.
type Stats struct {
	// Requests counts Web API requests, refused ones included; TokenRequests those of the token
	// endpoint.
	Requests      int            `json:"requests"`
	TokenRequests int            `json:"tokenRequests"`
	ByKind        map[string]int `json:"byKind"`
	ByStatus      map[int]int    `json:"byStatus"`
	// RowsWritten counts rows of committed requests.
	RowsWritten  int `json:"rowsWritten"`
	PeakInFlight int `json:"peakInFlight"`
	// Throttled counts refusals by limit: requests, time, concurrency.
	Throttled    map[string]int `json:"throttled"`
	EarlyRetries int            `json:"earlyRetries"`
	// ServiceSeconds is the execution time charged, in the simulator's own time.
	ServiceSeconds float64 `json:"serviceSeconds"`
	// Seconds is the real time since the start or the last reset.
	Seconds float64 `json:"seconds"`
	Allowed Allowed `json:"allowed"`
}

// Allowed is the steady throughput, in real time, that the limits and the load model allow a client
// that signs in as all application users,
// which spreads its requests evenly over the servers and sends as many rows in each writing request
// as were seen so far on average. A value is null where nothing limits it. A run shorter than a
// window may do better: the window starts empty.
type Allowed struct {
	RowsPerRequest    float64  `json:"rowsPerRequest"`
	RequestsPerSecond *float64 `json:"requestsPerSecond"`
	RowsPerSecond     *float64 `json:"rowsPerSecond"`
	// BoundBy names what limits: requests, time, parallelism or concurrency; "" when nothing does.
	BoundBy string `json:"boundBy"`
	// WindowSeconds is the length of a limit's window in real time.
	WindowSeconds float64 `json:"windowSeconds"`
}

// Stats gives the counts so far.
func (s *Server) Stats() Stats {
	result, rows := s.stats.stats(s.now())
	result.Allowed = s.load.allowed(rows) // after the counts: requests count while they hold the load
	return result
}

// stats gives what was counted, and how many rows a request that wrote had on average.
func (s *statistics) stats(now time.Time) (result Stats, rows float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	result = Stats{
		Requests: s.requests, TokenRequests: s.tokens, RowsWritten: s.rows, PeakInFlight: s.peak, EarlyRetries: s.earlyCount,
		ServiceSeconds: s.servedTotal, Seconds: now.Sub(s.since).Seconds(),
		ByKind: maps.Clone(s.byKind), ByStatus: maps.Clone(s.byStatus), Throttled: map[string]int{"requests": 0, "time": 0, "concurrency": 0},
	}
	maps.Copy(result.Throttled, s.throttled)
	rows = 1
	if s.bulks > 0 {
		rows = float64(s.rows) / float64(s.bulks)
	}
	return result, rows
}

func (l *load) allowed(rows float64) Allowed {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := Allowed{RowsPerRequest: rows, WindowSeconds: windowLength.Seconds() / l.scale}
	service := (l.limits.LatencyMilliseconds + rows*l.limits.RowLatencyMilliseconds) / 1000
	users := float64(l.users)
	best := math.Inf(1)
	bound := func(name string, perSecond float64) {
		if perSecond < best {
			best, a.BoundBy = perSecond, name
		}
	}
	requestsLeft, secondsLeft := l.limits.left()
	if l.limits.On {
		bound("requests", users*requestsLeft/windowLength.Seconds())
		bound("time", users*secondsLeft/windowLength.Seconds()/service)
	}
	bound("parallelism", (float64(l.limits.Parallelism)-l.limits.othersInFlight())/service)
	if l.limits.On {
		bound("concurrency", users*float64(l.limits.Concurrency)/service)
	}
	if math.IsInf(best, 1) {
		return a
	}
	requests := best * float64(len(l.servers)) * l.scale
	perSecond := requests * rows
	a.RequestsPerSecond, a.RowsPerSecond = &requests, &perSecond
	return a
}
