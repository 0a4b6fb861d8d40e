package dynamics

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/dynamics/simulator"
)

// paced is what a pace costs a job, and leaves to another integration of the same user.
type paced struct {
	took    time.Duration
	sent    int // by the other one
	refused int // of those
	slowest time.Duration
}

// measurePace does a job of one and a half windows of what one server allows, bound by execution
// time, beside another integration that takes nine tenths of half of it evenly, and sends nothing
// again.
func measurePace(t *testing.T, p Pace) (m paced) {
	b := bounds[1]
	synctest.Test(t, func(t *testing.T) {
		o := b.options
		o.Servers = 1
		servers := simulator.NewServers(o, b.limits)
		allowed := *servers.Allowed(b.rows).RequestsPerSecond
		client, l := &Client{}, newLimiter(DefaultConcurrency).paced(p)
		client.limits = l.dispatcher
		left := make(chan struct{}, int(1.5*allowed*nominalWindow.Seconds()))
		for range cap(left) {
			left <- struct{}{}
		}
		close(left)
		begin, done := time.Now(), make(chan struct{})
		var ours, others sync.WaitGroup
		for range DefaultConcurrency + 8 {
			ours.Go(func() {
				for range left {
					serve(t, client, l, servers, "ours", b.rows)
				}
			})
		}
		var mu sync.Mutex
		others.Go(func() {
			every := time.NewTicker(time.Duration(float64(time.Second) / (0.9 * 0.5 * allowed)))
			defer every.Stop()
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				case <-every.C:
				}
				others.Go(func() {
					at := time.Now()
					a := servers.Serve("another "+strconv.Itoa(n), b.rows)
					mu.Lock()
					defer mu.Unlock()
					if m.sent++; a.Code != "" {
						m.refused++
					} else {
						m.slowest = max(m.slowest, time.Since(at))
					}
				})
			}
		})
		ours.Wait()
		m.took = time.Since(begin)
		close(done)
		others.Wait()
		require.LessOrEqual(t, m.refused, servers.Stats().ByStatus[http.StatusTooManyRequests])
	})
	return m
}

// TestWhatAPaceCostsAndLeaves keeps the table of docs/limits.md.
func TestWhatAPaceCostsAndLeaves(t *testing.T) {
	page := openTable(t, "What a pace costs and leaves")
	lines := []string{
		"| `DYNAMICS_PACE` | takes | the job takes | of the other's requests refused | its slowest answer |",
		"| --- | --- | ---: | ---: | ---: |",
	}
	takes := map[Pace]string{PaceFast: "all", PaceSteady: "half", PaceGentle: "half, with a quarter of the parallelism"}
	for _, p := range Paces {
		known := func(column int) string { return page.entry(len(lines), column) }
		var entries []string
		repeated(t, func() string {
			m := measurePace(t, p)
			refused := 100 * float64(m.refused) / float64(m.sent)
			entries = []string{"`" + string(p) + "`", takes[p], fmt.Sprintf("%.0f s", m.took.Seconds()), fmt.Sprintf("%.0f %%", refused), fmt.Sprintf("%.1f s", m.slowest.Seconds())}
			t.Log(entries)
			if p != PaceFast && m.refused > 0 {
				return fmt.Sprintf("%s: the other integration was refused %d times", p, m.refused)
			}
			for column, entry := range entries {
				if was := known(column); !*updatePages && !alikeFigures(was, entry) {
					return fmt.Sprintf("%s: docs/%s says %q, measured %q; %s", p, limitsPage, was, entry, howToUpdate)
				}
			}
			return ""
		})
		line := "|"
		for _, entry := range entries {
			line += " " + entry + " |"
		}
		lines = append(lines, line)
	}
	page.keep(t, lines)
}

// alikeFigures is alike for figures with a unit; small ones differ by more.
func alikeFigures(was, now string) bool {
	var a, b float64
	var unitA, unitB string
	if _, err := fmt.Sscanf(was, "%f %s", &a, &unitA); err != nil {
		return was == now
	}
	if _, err := fmt.Sscanf(now, "%f %s", &b, &unitB); err != nil || unitA != unitB {
		return false
	}
	return max(a, b)-min(a, b) <= max(2, scatter*max(a, b))
}
