package dynamics_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics"
	"audienceflow/dynamics/simulator"
)

// job is so many requests of so many rows, sent by so many application users of one process.
type job struct {
	options        simulator.Options
	requests, rows int
	users          int
}

// finished is how a job went.
type finished struct {
	took    time.Duration
	stats   simulator.Stats
	writers map[string]int // rows last written, by user
	limits  dynamics.Limits
}

// run sends the job against a simulator with limits, in virtual time.
func (j job) run(t *testing.T) (done finished) {
	synctest.Test(t, func(t *testing.T) {
		j.options.Contacts, j.options.Columns = 1000, []string{"vipstatus:string:100"}
		for n := range j.users - 1 {
			j.options.Clients = append(j.options.Clients, fmt.Sprintf("client%d:secret%d", n+2, n+2))
		}
		server, err := simulator.New(j.options)
		require.NoError(t, err)
		get := func(path string) string {
			w := httptest.NewRecorder()
			server.ServeHTTP(w, httptest.NewRequest("GET", "/_simulator/"+path, nil))
			return w.Body.String()
		}
		ids := strings.Fields(get("contacts"))
		c, err := dynamics.New(config(func(c *dynamics.Config) {
			c.Environment, c.Transport = inProcessURL, inProcess{server}
			if j.users == 1 {
				return
			}
			c.ClientID, c.Secret = "", nil
			for n := range j.users {
				u := dynamics.User{Name: fmt.Sprint("u", n+1), ClientID: "client", Secret: func() (string, error) { return "secret", nil }}
				if n > 0 {
					u.ClientID, u.Secret = fmt.Sprintf("client%d", n+1), func() (string, error) { return fmt.Sprintf("secret%d", n+1), nil }
				}
				c.Users = append(c.Users, u)
			}
		}))
		require.NoError(t, err)
		begun := time.Now()
		var left atomic.Int64
		left.Store(int64(j.requests))
		var group sync.WaitGroup
		for w := range benchWorkers {
			group.Go(func() {
				for n := left.Add(-1); n >= 0; n = left.Add(-1) {
					j.send(t.Context(), c, ids, int(n)+w)
				}
			})
		}
		group.Wait()
		done = finished{took: time.Since(begun), stats: server.Stats(), writers: map[string]int{}, limits: c.Limits()}
		for _, line := range strings.Split(strings.TrimSpace(get("contacts?select=modifiedby")), "\n")[1:] {
			done.writers[line]++
		}
	})
	return done
}

// send repeats one request until it is done.
func (j job) send(ctx context.Context, c *dynamics.Client, ids []string, n int) {
	updates := make([]dynamics.Update, j.rows)
	for i := range updates {
		updates[i] = dynamics.Update{ContactID: ids[(n*j.rows+i)%len(ids)], Values: []dynamics.Assignment{{Column: &status, Value: text(fmt.Sprint("v", n))}}}
	}
	for {
		_, err := c.Update(ctx, updates)
		if err == nil {
			return
		}
		wait(ctx, err)
	}
}

// TestTwoUsersTakeHalfOfTheTime compares jobs that the limits of one user bound, sent by one and by
// two against a simulator with limits on.
func TestTwoUsersTakeHalfOfTheTime(t *testing.T) {
	for name, j := range map[string]job{
		"requests": {shortRequests, 18_000, 1, 1},          // three windows' worth for one user
		"time":     {on(longRequests, 1, 16), 2_770, 5, 1}, // 3,600 s of execution
	} {
		if testing.Short() && j.rows == 1 {
			continue // many requests, much to compute
		}
		t.Run(name, func(t *testing.T) {
			one := j.run(t)
			j.users = 2
			two := j.run(t)
			t.Logf("one user %.0f s, refused %d; two users %.0f s, refused %d of %d; written by %v", one.took.Seconds(), one.stats.ByStatus[429],
				two.took.Seconds(), two.stats.ByStatus[429], two.stats.Requests, two.writers)
			require.Less(t, two.took.Seconds(), 0.6*one.took.Seconds())
			require.Zero(t, two.stats.EarlyRetries)
			require.LessOrEqual(t, two.stats.ByStatus[429], two.stats.Requests/100)
			require.Len(t, two.writers, 2)
			for user, rows := range two.writers {
				require.InDelta(t, 500, rows, 150, user)
			}
			require.EqualValues(t, two.stats.Requests, two.limits.Sent, "both are counted")
			require.EqualValues(t, two.stats.ByStatus[429], two.limits.Refused)
			require.LessOrEqual(t, two.limits.Held, two.took)
		})
	}
}

// TestTheServersParallelismStaysTheBound: where it is what limits, a second user neither helps nor
// harms.
func TestTheServersParallelismStaysTheBound(t *testing.T) {
	j := job{on(longRequests, 1, 2), 600, 5, 1}
	one := j.run(t)
	j.users = 2
	two := j.run(t)
	t.Logf("one user %.0f s, two users %.0f s", one.took.Seconds(), two.took.Seconds())
	require.InDelta(t, one.took.Seconds(), two.took.Seconds(), 0.15*one.took.Seconds())
}
