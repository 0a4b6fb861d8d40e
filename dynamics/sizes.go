package dynamics

import (
	"sync"
	"time"
)

const (
	// sizeMemory is how long requests stay small after one was too large; then the size doubles.
	sizeMemory = 10 * time.Minute
	// firstOperation is how long one operation of a $batch is thought to take before one has been
	// seen: Microsoft's samples show 25 a second.
	firstOperation = 40 * time.Millisecond
	// batchShare of the request's time-out is what a $batch shall take: its operations are done one
	// after the other.
	batchShare = 4
	// leastOperations keeps the round trips worth their while.
	leastOperations = 10
)

// sizes remembers how many rows the environment bears in a request.
type sizes struct {
	mu        sync.Mutex
	limit     int // rows in an UpdateMultiple; 0: no limit known
	until     time.Time
	operation time.Duration // how long one operation of a $batch takes
	most      int           // operations in a $batch; 0: no limit known
}

// rows is the most rows for the next UpdateMultiple.
func (s *sizes) rows(now time.Time, configured int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.limit > 0 && !now.Before(s.until) {
		s.limit *= 2
		s.until = s.until.Add(sizeMemory)
		if s.limit >= configured {
			s.limit = 0
		}
	}
	if s.limit == 0 {
		return configured
	}
	return min(s.limit, configured)
}

// shrink notes that so many rows were too many.
func (s *sizes) shrink(now time.Time, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	half := max(1, rows/2)
	if s.limit == 0 || half < s.limit {
		s.limit = half
	}
	s.until = now.Add(sizeMemory)
}

// operations is the most operations for the next $batch.
func (s *sizes) operations(timeout time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := s.operation
	if each == 0 {
		each = firstOperation
	}
	n := min(MaxRequestSize, max(leastOperations, int(timeout/batchShare/each)))
	if s.most > 0 {
		n = min(n, s.most)
	}
	return n
}

// learn notes how long a $batch took.
func (s *sizes) learn(operations int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	each := max(took/time.Duration(operations), time.Microsecond)
	if s.operation == 0 {
		s.operation = each
		return
	}
	s.operation = (3*s.operation + each) / 4
}

// fewerOperations notes that so many operations were too many.
func (s *sizes) fewerOperations(operations int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = max(1, operations/2)
}
