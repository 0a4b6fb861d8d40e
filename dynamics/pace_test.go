package dynamics_test

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

// TestAPaceLeavesOthersTheirPart: another integration of the same user, which uses nearly half of
// each budget, is never refused beside a steady or a gentle client with more to send than there is
// room for, and neither is that client.
func TestAPaceLeavesOthersTheirPart(t *testing.T) {
	for name, c := range map[string]struct {
		options simulator.Options
		rows    int     // in each request
		most    float64 // requests per second that half of a budget is
	}{
		"bound by requests":  {simulator.Options{Latency: 50 * time.Millisecond}, 1, 10},
		"bound by execution": {longRequests, 5, 2 / 1.3},
	} {
		for _, pace := range []dynamics.Pace{dynamics.PaceSteady, dynamics.PaceGentle} {
			if testing.Short() && c.rows == 1 {
				continue // many requests, much to compute
			}
			t.Run(string(pace)+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c.options.Contacts, c.options.Columns, c.options.Servers = 1000, []string{"vipstatus:string:100"}, 1
					server, err := simulator.New(c.options)
					require.NoError(t, err)
					w := httptest.NewRecorder()
					server.ServeHTTP(w, httptest.NewRequest("GET", "/_simulator/contacts", nil))
					ids := strings.Fields(w.Body.String())
					client, err := dynamics.New(config(func(d *dynamics.Config) {
						d.Environment, d.Transport, d.Pace = inProcessURL, inProcess{server}, pace
					}))
					require.NoError(t, err)
					ctx, cancel := context.WithCancel(t.Context())
					var group sync.WaitGroup
					for w := range benchWorkers {
						group.Go(func() { send(ctx, client, ids, c.rows, uint64(w)) })
					}
					group.Go(func() { // the other one: evenly, nine tenths of its half
						other, err := dynamics.New(config(func(d *dynamics.Config) { d.Environment, d.Transport = inProcessURL, inProcess{server} }))
						require.NoError(t, err)
						every := time.NewTicker(time.Duration(float64(time.Second) / (0.9 * c.most)))
						defer every.Stop()
						var sent sync.WaitGroup
						defer sent.Wait()
						for n := 0; ctx.Err() == nil; n++ {
							sent.Go(func() { _ = sendOnce(ctx, other, ids, c.rows, rand.New(rand.NewPCG(2, uint64(n))), n) }) // what comes of it shows in the statistics
							<-every.C
						}
					})
					const windows = 3
					time.Sleep(windows * nominalWindow)
					s, limits := server.Stats(), client.Limits()
					cancel()
					group.Wait()
					require.Zero(t, s.ByStatus[429], "%v", s.Throttled)
					sent := float64(limits.Sent) / (windows * nominalWindow.Seconds())
					require.LessOrEqual(t, sent, 1.02*c.most, "never more than its half")
					require.GreaterOrEqual(t, sent, 0.85*c.most, "and what is its own it takes")
				})
			})
		}
	}
}

// TestAGentleClientLeavesParallelismToPeople: a quarter of what the environment recommends is in
// flight, however fast it answers.
func TestAGentleClientLeavesParallelismToPeople(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, err := simulator.New(simulator.Options{Contacts: 1000, Columns: []string{"vipstatus:string:100"}, Latency: 10 * time.Millisecond, Servers: 1, Parallelism: 16})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest("GET", "/_simulator/contacts", nil))
		ids := strings.Fields(w.Body.String())
		client, err := dynamics.New(config(func(d *dynamics.Config) {
			d.Environment, d.Transport, d.Pace = inProcessURL, inProcess{server}, dynamics.PaceGentle
		}))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for w := range benchWorkers {
			group.Go(func() { send(ctx, client, ids, 1, uint64(w)) })
		}
		time.Sleep(nominalWindow)
		s := server.Stats()
		cancel()
		group.Wait()
		require.LessOrEqual(t, s.PeakInFlight, 4)
		require.Positive(t, s.RowsWritten)
	})
}

func TestAPaceIsOneOfThree(t *testing.T) {
	t.Parallel()
	for _, pace := range append([]dynamics.Pace{""}, dynamics.Paces...) {
		require.NoError(t, pace.Valid())
	}
	err := config(func(d *dynamics.Config) { d.Pace = "slow" }).Validate()
	require.ErrorContains(t, err, `DYNAMICS_PACE is "slow": give one of fast, steady, gentle`)
}
