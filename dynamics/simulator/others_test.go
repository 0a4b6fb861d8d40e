package simulator

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOthersLeaveTheRestOfEachBudget: half of the requests and of the execution time is theirs, and
// two of their requests are at a server at any moment.
func TestOthersLeaveTheRestOfEachBudget(t *testing.T) {
	o := Options{Servers: 1, Latency: time.Second, Others: 0.5}
	s := NewServers(o, nil)
	require.InDelta(t, 2, *s.Allowed(0).RequestsPerSecond, 1e-9, "of four seconds of execution in a second")
	require.InDelta(t, 100, s.Least(600, 0).Seconds(), 1, "600 seconds, six at a time")
	o.Latency = time.Millisecond
	require.InDelta(t, 10, *NewServers(o, nil).Allowed(0).RequestsPerSecond, 1e-9)

	v, refusal := s.load.admit("", "")
	require.Nil(t, refusal)
	require.Equal(t, time.Second, v.charge(0))
	for range 5 {
		_, refusal = s.load.admit("", "")
		require.Nil(t, refusal)
	}
	v, _ = s.load.admit("", "")
	require.Greater(t, v.charge(0), time.Second, "seven, and two of others, where eight are worked on")

	_, err := New(Options{Others: 1})
	require.ErrorContains(t, err, "others")
}
