package simulator

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLeastTimeIsWhatItsFormulaSays on one server, where a budget is spent in full seconds of full
// speed and the next one is there a window later.
func TestLeastTimeIsWhatItsFormulaSays(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		rows    int
		budget  float64 // requests
		full    float64 // seconds in which a budget is spent
	}{
		"requests":    {Options{Latency: 50 * time.Millisecond}, 1, 6000, 37.5},
		"time":        {Options{RowLatency: 10 * time.Millisecond}, 100, 1200, 150},
		"parallelism": {Options{RowLatency: 10 * time.Millisecond, Parallelism: 2}, 100, 600, 300},
	} {
		for _, windows := range []float64{0.1, 0.5, 0.9, 1, 1.5, 2, 5} {
			t.Run(fmt.Sprint(name, windows), func(t *testing.T) {
				least := NewServers(c.options, nil).Least(int(windows*c.budget), c.rows)
				last := math.Ceil(windows) - 1
				require.InDelta(t, 300*last+c.full*(windows-last), least.Seconds(), 1.5)
			})
		}
	}
}

func TestNoRequestInARehearsalIsRefused(t *testing.T) {
	s := NewServers(Options{Latency: time.Second, Servers: 3}, func(l *Limits) { l.Requests, l.Concurrency = 40, 4 })
	for _, inFlight := range s.load.bearable() {
		require.LessOrEqual(t, inFlight, 12)
		require.GreaterOrEqual(t, s.load.rehearse(241, 1, inFlight), 2*windowLength)
	}
}

// TestServersAnswerAndRefuseAsTheSimulatorDoes, in virtual time.
func TestServersAnswerAndRefuseAsTheSimulatorDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServers(Options{Latency: time.Second, Servers: 2, Parallelism: 3}, func(l *Limits) { l.Requests = 1 })
		begin := time.Now()
		first := s.Serve("a", 1)
		require.Equal(t, Answer{Hint: 6, Header: first.Header}, first)
		require.Equal(t, "1,199.00", first.Header.Get("x-ms-ratelimit-time-remaining-xrm-requests"))
		require.Equal(t, time.Second, time.Since(begin))
		second := s.Serve("a", 1)
		require.NotEqual(t, first.Header.Get("Set-Cookie"), second.Header.Get("Set-Cookie"), "by the other server")
		refusal := s.Serve("a", 1)
		require.Equal(t, codeRequestLimit, refusal.Code)
		require.Equal(t, 298*time.Second, refusal.RetryAfter)
		require.Zero(t, s.Stats().EarlyRetries)
		require.Equal(t, codeRequestLimit, s.Serve("a", 1).Code)
		stats := s.Stats()
		require.Equal(t, 1, stats.EarlyRetries)
		require.Equal(t, map[int]int{204: 2, 429: 2}, stats.ByStatus)
		require.Equal(t, 2, stats.RowsWritten)
	})
}
