package dynamics

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// left is what an answer of a server tells of the budget.
func left(server string, seconds float64) http.Header {
	return http.Header{timeLeft: {fmt.Sprintf("%.2f", seconds)}, "Set-Cookie": {affinity + server + ";Path=/;HttpOnly"}}
}

func TestWhatServersHaveLeftTellsOfOthers(t *testing.T) {
	const hint, took, rounds = 16, time.Second, 20
	for _, tc := range []struct {
		name          string
		before, peers float64 // in flight at each server
		servers       int
	}{
		{"nobody", 0, 0, 1},
		{"one like us", 0, 4, 1},
		{"one like us, at two servers", 0, 4, 2},
		{"who was there before", 2, 0, 1},
		{"who was there before, at two servers", 2, 0, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			begin := time.Now()
			c := company{begin: begin}
			const ours = 4 // at each server
			for round := 1; round <= rounds; round++ {
				at := begin.Add(time.Duration(round) * took)
				for n := range tc.servers * ours {
					used := (ours + tc.peers) * float64(round) // charged when it is answered
					used += tc.before * nominalWindow.Seconds()
					c.note(at, left(fmt.Sprint(n%tc.servers), documentedBusy-used), took, 0, hint)
				}
			}
			before, peers := c.inFlight(took)
			require.InDelta(t, tc.before*float64(tc.servers), before, 0.5)
			require.InDelta(t, tc.peers*float64(tc.servers), peers, 0.2*float64(tc.servers)*tc.peers+0.1)
		})
	}
}

func TestServersThatTellNothingAreNoCompany(t *testing.T) {
	c := company{begin: time.Now()}
	c.note(time.Now(), http.Header{}, time.Second, 0, 8)
	for _, told := range []string{"much", "", "NaN", "Inf", "-Inf", "-1", "1e999"} {
		c.note(time.Now(), http.Header{timeLeft: {told}}, time.Second, 0, 8)
		require.Empty(t, c.servers, told)
	}
	c.note(time.Now(), http.Header{timeLeft: {"72,000.00"}}, time.Second, 0, 8) // a larger budget than is documented
	before, peers := c.inFlight(time.Second)
	require.Zero(t, before)
	require.Zero(t, peers)
}

func TestRoomIsWhatOthersLeave(t *testing.T) {
	g := concurrency{hint: 8, servers: 1}
	require.EqualValues(t, 8, g.room())
	g.before = 2
	require.EqualValues(t, 6, g.room())
	g.before, g.peers = 0, 5.2
	require.EqualValues(t, 4, g.room(), "half in any case")
	g = concurrency{hint: 32, servers: 4}
	require.EqualValues(t, 28, g.room(), "several work in turn")
	g = concurrency{hint: 8, servers: 4}
	require.EqualValues(t, 8, g.room(), "so few never use up a budget of time")
}

func TestAServerThatAnswersNoMoreIsForgotten(t *testing.T) {
	begin := time.Now()
	c := company{begin: begin}
	c.note(begin.Add(time.Second), left("gone", 0), time.Second, 0, 8)
	before, _ := c.inFlight(time.Second)
	require.Positive(t, before)
	c.note(begin.Add(2*nominalWindow), left("new", documentedBusy), time.Second, 0, 8)
	before, peers := c.inFlight(time.Second)
	require.Zero(t, before+peers)
	require.Len(t, c.servers, 1)
}

func TestACookieOfItsOwnForEachAnswerTellsNoServers(t *testing.T) {
	c := company{begin: time.Now()}
	for n := range 10_000 {
		c.note(c.begin.Add(time.Duration(n)*time.Millisecond), left(fmt.Sprint(n), 10), time.Second, 0, 8)
		require.LessOrEqual(t, len(c.servers), mostServers)
	}
	require.Empty(t, c.servers)
}
