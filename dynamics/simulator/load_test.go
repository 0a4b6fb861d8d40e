package simulator

import (
	"math"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeTime is a clock that sleeping moves.
type fakeTime struct{ at time.Time }

func (f *fakeTime) now() time.Time        { return f.at }
func (f *fakeTime) sleep(d time.Duration) { f.at = f.at.Add(d) }
func (f *fakeTime) seconds(s float64)     { f.sleep(time.Duration(s * float64(time.Second))) }
func newFakeTime() *fakeTime              { return &fakeTime{at: time.Unix(1700000000, 0)} }
func retryAfter(e *apiError) time.Duration {
	return time.Duration(mustInt(e.header[0][1])) * time.Second
}
func mustInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func fakeLoad(o Options) (*load, *fakeTime) {
	clock := newFakeTime()
	stats := &statistics{}
	stats.clear(clock.now())
	l := newLoad(o.withDefaults(), clock.now, stats)
	l.sleep = clock.sleep
	return l, clock
}

// once sends one request that writes rows and gives its refusal.
func (l *load) once(session, affinity string, rows int) *apiError {
	v, refusal := l.admit(session, affinity)
	defer v.leave()
	if refusal == nil {
		v.work(rows)
	}
	return refusal
}

func TestRequestLimit(t *testing.T) {
	l, clock := fakeLoad(Options{})
	for range 6000 {
		require.Nil(t, l.once("a", "", 1))
	}
	clock.seconds(100)
	refusal := l.once("a", "", 1)
	require.NotNil(t, refusal)
	require.Equal(t, 429, refusal.status)
	require.Equal(t, "0x80072322", refusal.code)
	require.Equal(t, "Number of requests exceeded the limit of 6000 over time window of 300 seconds.", refusal.message)
	require.InDelta(t, 200, retryAfter(refusal).Seconds(), 1)
	clock.sleep(retryAfter(refusal))
	require.Nil(t, l.once("a", "", 1), "waiting as long as told is enough")
	require.Zero(t, l.stats.earlyCount)
}

func TestTimeLimit(t *testing.T) {
	l, clock := fakeLoad(Options{Latency: time.Second, RowLatency: 10 * time.Millisecond})
	for range 109 { // 11 s each
		require.Nil(t, l.once("a", "", 1000))
		clock.sleep(-11 * time.Second) // as if all ran side by side
	}
	clock.seconds(11)
	require.Nil(t, l.once("a", "", 0))
	refusal := l.once("a", "", 1)
	require.Equal(t, "0x80072321", refusal.code)
	require.Equal(t, "Combined execution time of incoming requests exceeded limit of 1,200,000  milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.", refusal.message)
	require.Equal(t, "0x80072321", l.once("b", "", 1).code, "while it lasts the same limit is named")
	require.Equal(t, map[string]int{"time": 2}, l.stats.throttled)
	clock.sleep(retryAfter(refusal))
	require.Nil(t, l.once("a", "", 1))
	require.InDelta(t, 109*11+1+1.01, l.stats.servedTotal, 0.001)
}

func TestConcurrencyLimit(t *testing.T) {
	l, _ := fakeLoad(Options{})
	var visits []*visit
	for range 52 {
		v, refusal := l.admit("a", "")
		require.Nil(t, refusal)
		visits = append(visits, v)
	}
	refusal := l.once("a", "", 1)
	require.Equal(t, "0x80072326", refusal.code)
	require.Equal(t, "Number of concurrent requests exceeded the limit of 52.", refusal.message)
	require.Equal(t, time.Second, retryAfter(refusal))
	for _, v := range visits {
		v.leave()
	}
	require.Nil(t, l.once("b", "", 1))
	require.Equal(t, 53, l.stats.peak)
}

func TestTimeScale(t *testing.T) {
	l, clock := fakeLoad(Options{TimeScale: 10, Latency: 100 * time.Millisecond})
	before := clock.now()
	require.Nil(t, l.once("a", "", 1))
	require.Equal(t, 10*time.Millisecond, clock.now().Sub(before), "latencies shrink")
	require.InDelta(t, 0.1, l.stats.servedTotal, 1e-9, "what is charged does not")
	l.limits.LatencyMilliseconds = 0
	for range 5999 {
		require.Nil(t, l.once("a", "", 1))
	}
	refusal := l.once("a", "", 1)
	require.InDelta(t, 30, retryAfter(refusal).Seconds(), 1, "a window is 30 real seconds")
	clock.sleep(retryAfter(refusal))
	require.Nil(t, l.once("a", "", 1))
}

func TestHammeringLengthensRetryAfter(t *testing.T) {
	l, clock := fakeLoad(Options{})
	for range 6000 {
		require.Nil(t, l.once("a", "", 1))
	}
	clock.seconds(200)
	first := retryAfter(l.once("a", "", 1))
	for range 10 {
		clock.seconds(0.001)
		require.NotNil(t, l.once("a", "", 1))
	}
	require.GreaterOrEqual(t, retryAfter(l.once("a", "", 1)), first+10*penaltyPerEarly-time.Second)
	require.Equal(t, 11, l.stats.earlyCount)
}

// TestWaitersThatWaitEachForItselfGetThrough: requests of a process that each come back when they
// were told to prolong nothing for one another, though the process as a whole sends inside a
// Retry-After.
func TestWaitersThatWaitEachForItselfGetThrough(t *testing.T) {
	l, clock := fakeLoad(Options{})
	for range 6000 {
		require.Nil(t, l.once("a", "", 1))
	}
	const waiters = 8
	var due [waiters]time.Time
	for n := range due {
		refusal := l.once("a", "", 1)
		require.NotNil(t, refusal)
		due[n] = clock.now().Add(retryAfter(refusal))
		clock.seconds(1.3)
	}
	begun := clock.now()
	for left := waiters; left > 0; {
		clock.seconds(0.1)
		require.Less(t, clock.now().Sub(begun), windowLength+time.Minute, "%d of them wait for ever", left)
		for n := range due {
			if due[n].IsZero() || clock.now().Before(due[n]) {
				continue
			}
			if refusal := l.once("a", "", 1); refusal != nil {
				due[n] = clock.now().Add(retryAfter(refusal))
				continue
			}
			due[n] = time.Time{}
			left--
		}
	}
}

func TestEarlyRetriesAreCountedByProcess(t *testing.T) {
	l, clock := fakeLoad(Options{})
	for range 6000 {
		require.Nil(t, l.once("a", "", 1))
	}
	require.NotNil(t, l.once("a", "", 1))
	require.NotNil(t, l.once("b", "", 1), "another process was not told to wait yet")
	require.Zero(t, l.stats.earlyCount)
	clock.seconds(1)
	require.NotNil(t, l.once("b", "", 1))
	require.Equal(t, 1, l.stats.earlyCount)
}

// A process that sends in parallel cannot help that some requests cross with the refusal of
// another.
func TestCrossingRequestsAreNotEarly(t *testing.T) {
	l, clock := fakeLoad(Options{})
	for range 5999 {
		require.Nil(t, l.once("a", "", 1))
	}
	running, refusal := l.admit("a", "")
	require.Nil(t, refusal)
	require.NotNil(t, l.once("a", "", 1))
	clock.sleep(crossing / 2)
	require.NotNil(t, l.once("a", "", 1))
	require.Zero(t, l.stats.earlyCount)
	clock.sleep(crossing)
	require.NotNil(t, l.once("a", "", 1))
	require.Equal(t, 1, l.stats.earlyCount)
	running.leave()
}

func TestCrowdingSlowsDown(t *testing.T) {
	l, clock := fakeLoad(Options{Latency: time.Second, Parallelism: 2})
	var visits []*visit
	for range 4 {
		v, refusal := l.admit("a", "")
		require.Nil(t, refusal)
		visits = append(visits, v)
	}
	before := clock.now()
	visits[0].work(0)
	require.Equal(t, 2*time.Second, clock.now().Sub(before))
	visits[0].work(0)
	require.Equal(t, 2*time.Second, clock.now().Sub(before), "the base is spent once a request")
}

func TestServersAndAffinity(t *testing.T) {
	l, _ := fakeLoad(Options{Servers: 4})
	for range 4 * 6000 {
		require.Nil(t, l.once("a", "", 1), "without a cookie requests are spread")
	}
	require.NotNil(t, l.once("a", "", 1))

	l, _ = fakeLoad(Options{Servers: 4})
	sticky := l.servers[2].affinity
	for range 6000 {
		require.Nil(t, l.once("a", sticky, 1))
	}
	require.NotNil(t, l.once("a", sticky, 1), "with it they all meet one server's limits")
	require.Nil(t, l.once("b", l.servers[1].affinity, 1))
}

func TestAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		options  Options
		rows     float64
		requests float64
		bound    string
	}{
		"requests":    {Options{}, 1, 20, "requests"},
		"time":        {Options{Latency: 100 * time.Millisecond, RowLatency: 2 * time.Millisecond}, 1000, 4 / 2.1, "time"},
		"parallelism": {Options{Latency: time.Second, Parallelism: 2}, 1, 2, "parallelism"},
		"four, x10":   {Options{Servers: 4, TimeScale: 10}, 1, 800, "requests"},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := fakeLoad(c.options)
			a := l.allowed(c.rows)
			require.Equal(t, c.bound, a.BoundBy)
			require.InDelta(t, c.requests, *a.RequestsPerSecond, 1e-9)
			require.InDelta(t, c.requests*c.rows, *a.RowsPerSecond, 1e-6)
		})
	}
	l, _ := fakeLoad(Options{NoLimits: true})
	require.Nil(t, l.allowed(1).RowsPerSecond)
}

// A client that sends at the allowed rate is never refused; one that sends a little more is.
func TestAllowedIsWhatIsAllowed(t *testing.T) {
	for _, factor := range []float64{0.99, 1.05} {
		l, clock := fakeLoad(Options{Latency: 50 * time.Millisecond, RowLatency: time.Millisecond})
		interval := 1 / (*l.allowed(100).RequestsPerSecond * factor)
		l.sleep = func(time.Duration) {} // requests run side by side
		refused := 0
		for range int(1000 / interval) {
			if l.once("a", "", 100) != nil {
				refused++
			}
			clock.seconds(interval)
		}
		require.Equal(t, factor > 1, refused > 0, "factor %v: %d refused", factor, refused)
	}
}

func TestWindow(t *testing.T) {
	w := newWindow(300 * time.Second)
	w.add(0, 3)
	w.add(100*time.Second, 4)
	require.InDelta(t, 7, w.sum(299*time.Second), 1e-9)
	require.InDelta(t, 4, w.sum(301*time.Second), 1e-9)
	require.InDelta(t, 0, w.sum(1000*time.Second), 1e-9)
	w.add(1000*time.Second, 5)
	wait := w.wait(1010*time.Second, 5)
	require.InDelta(t, 290, wait.Seconds(), 1)
	require.Less(t, w.sum(1010*time.Second+wait), 5.0)
	require.False(t, math.IsNaN(w.total))
}

func TestStatsAreReadWhileRequestsComeAndGo(t *testing.T) {
	s, err := New(Options{Contacts: 1})
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for range 20_000 {
					v, _ := s.load.admit("", "")
					v.leave()
				}
			})
		}
		for range 20_000 {
			s.Stats()
		}
		all.Wait()
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("they wait for one another")
	}
}
