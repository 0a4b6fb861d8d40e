package dynamics

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// forecastError is the most by which a job's time may differ from its forecast, beside what the
// first requests take, by which the servers are measured.
const forecastError = 0.15

// TestForecast: what a job of half a window took tells how long every other one will take. With -v
// it prints each.
func TestForecast(t *testing.T) {
	for _, b := range bounds {
		if b.limits != nil { // an environment with limits that are not documented
			continue
		}
		known := cell{b, 1, 1, 0.5}.measure(t).writing
		for _, windows := range sizesOfJobs {
			if testing.Short() && windows > 1 {
				continue // many requests, much to compute
			}
			repeated(t, func() string {
				wrong := forecastOff(t, known, cell{b, 1, 1, windows}.measure(t))
				if wrong != "" {
					known = cell{b, 1, 1, 0.5}.measure(t).writing
				}
				return wrong
			})
		}
	}
}

// forecastOff says by how much a job took another time than is forecast by what is known; empty if
// little.
func forecastOff(t *testing.T, known WriteTime, m measured) string {
	one := known.Busy * time.Duration(m.bound.rows) / time.Duration(known.Rows)
	w := Work{Requests: int64(m.requests), Busy: one * time.Duration(m.requests), InFlight: known.InFlight}
	forecast, took := w.TimeToFinish(PaceFast, 1).Seconds(), m.took.Seconds()
	is := fmt.Sprintf("%-50s %6.1f s forecast, %6.1f s taken: %+4.0f %%", m.cell, forecast, took, 100*(forecast/took-1))
	t.Log(is)
	if math.Abs(took-forecast) > max(forecastError*took, 1.1*one.Seconds()) {
		return is
	}
	return ""
}

func TestTimeToFinishByPaceAndUsers(t *testing.T) {
	third := Work{Requests: 9_000, Busy: 450 * time.Second, InFlight: 8} // one and a half budgets, spent in 37.5 s each
	for name, c := range map[string]struct {
		work  Work
		pace  Pace
		users int
		took  time.Duration
	}{
		"at once, then what the next window allows": {third, PaceFast, 1, 318_750 * time.Millisecond},
		"evenly":                         {third, PaceSteady, 1, 900 * time.Second},
		"gently":                         {third, PaceGentle, 1, 900 * time.Second},
		"two users":                      {third, PaceFast, 2, 56_250 * time.Millisecond},
		"bound by what the server bears": {Work{Requests: 3_000, Busy: 3_000 * time.Second, InFlight: 2}, PaceFast, 1, 1_500 * time.Second},
		"one round":                      {Work{Requests: 3, Busy: 30 * time.Second, InFlight: 8}, PaceFast, 1, 10 * time.Second},
		"nothing to do":                  {Work{}, PaceFast, 1, 0},
		"a server of which nothing is known works on one": {Work{Requests: 2, Busy: 2 * time.Second}, PaceFast, 1, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			require.InDelta(t, c.took.Seconds(), c.work.TimeToFinish(c.pace, c.users).Seconds(), 1e-6)
		})
	}
}
