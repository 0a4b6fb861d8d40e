package chaos

import (
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

const (
	// frozenContacts make one batch, in requests of frozenSize.
	frozenContacts = 300
	frozenSize     = 20
	// frozenServer is how long Dynamics may work on a request; frozenLease what a batch's lease
	// comes to with it.
	frozenServer = time.Second
	frozenLease  = frozenServer + 15*time.Second
)

// point is where in its batch a worker is stopped.
type point struct {
	class, when string
	nth         int           // request of the class
	later       time.Duration // after that moment
}

// drawPoint gives a point: around the reading, before the batch is taken, while it is sent, and
// while it is booked.
func drawPoint(r *rand.Rand) point {
	p := point{class: classUpdate, when: []string{asked, worked, given, given}[r.IntN(4)], nth: 1 + r.IntN(frozenContacts/frozenSize)}
	if r.IntN(4) == 0 {
		p.class, p.when, p.nth = classRead, given, 1
	}
	if p.when == given {
		p.later = []time.Duration{0, 1, 3, 10, 30, 100}[r.IntN(6)] * time.Millisecond
	}
	return p
}

// TestAFrozenWorkerWritesNothingTwice stops a worker at some point of a batch for twice its lease,
// or kills it, while another one takes the batch over; when the first one wakes, it must not send
// what is no longer its own. The whole system is here; each point by itself, without Temporal's
// time-outs, is in the activities' own test.
func TestAFrozenWorkerWritesNothingTwice(t *testing.T) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			base := newBase(t, kind)
			t.Run("rounds", func(t *testing.T) { // which are over before what they share ends
				for n := range *roundsFlag {
					t.Run(fmt.Sprint(n+1), func(t *testing.T) {
						t.Parallel()
						r := rand.New(rand.NewPCG(*seedFlag, uint64(n)))
						freeze(t, base, fmt.Sprintf("%s%d", kind, n+1), n, r)
					})
				}
			})
		})
	}
}

func freeze(t *testing.T, base *world, name string, n int, r *rand.Rand) {
	w := &world{t: t, folder: t.TempDir(), timeline: newTimeline(io.Discard), postgres: base.postgres, port: base.port, sdk: base.sdk}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("-seed %d; what happened:\n%s", *seedFlag, w.timeline)
		}
	})
	w.openStore()
	w.addPlace(name, frozenContacts, "REQUEST_SIZE", fmt.Sprint(frozenSize), "CONCURRENCY", "2",
		"REQUEST_TIMEOUT", frozenServer.String(), "SERVER_TIMEOUT", frozenServer.String())
	w.setEnvironment()
	w.writeActivations()
	p, d := w.places[0], newDriver(w, w.places[0], "vip", *seedFlag)
	before := p.model.expected()
	data := d.generation(frozenContacts)
	d.write(data)
	want := p.model.export("vip", data)

	first, at := w.startWorker("worker 1"), drawPoint(r)
	fate := []string{"killed at once", "woken", "killed when it was stopped for long"}[n%3]
	t.Logf("stopped %s after request %d (%s) was %s, then %s", at.later, at.nth, at.class, at.when, fate)
	stopped := w.stopAt(p, first, at)
	run := w.begin(t.Context(), d.id(), "activate", "-f", filepath.Join(w.folder, d.file()), "--detach")
	select {
	case <-stopped:
	case <-time.After(patience):
		t.Fatal("it never came to that point")
	}
	if fate == "killed at once" {
		first.kill(syscall.SIGKILL)
	}
	w.startWorker("worker 2")
	if fate != "killed at once" {
		time.Sleep(2 * frozenLease)
	}
	if fate == "killed when it was stopped for long" {
		first.kill(syscall.SIGKILL)
	}
	first.wake()

	report, _ := w.end(t.Context(), d.id(), run)
	p.model.apply("vip", winners(data), nil)
	d.compare("activate", report, want)
	found := &differences{}
	p.compareContacts(found)
	twice, _, err := p.needless(before)
	require.NoError(t, err)
	for _, one := range twice {
		found.add("values were written twice", "%s", one)
	}
	w.compareStore(t.Context(), found)
	found.tell(w.timeline)
	require.Empty(t, w.timeline.faults(), strings.Join(w.timeline.faults(), "\n"))
	require.Equal(t, runs.VerdictMatch, report.Validation.Verdict)
}

// stopAt stops a process when it has come to a point.
func (w *world) stopAt(p *place, target *process, at point) (stopped chan struct{}) {
	var mu sync.Mutex
	seen := 0
	stopped = make(chan struct{})
	p.proxy.look = func(class, when string) {
		mu.Lock()
		defer mu.Unlock()
		if class != at.class || when != at.when {
			return
		}
		if seen++; seen != at.nth {
			return
		}
		time.AfterFunc(at.later, func() { // at once, where there is no delay
			target.stop()
			w.timeline.note("%s is stopped", target.name)
			close(stopped)
		})
		if at.later == 0 {
			<-stopped // what it is told next, it hears when it wakes
		}
	}
	return stopped
}
