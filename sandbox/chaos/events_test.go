package chaos

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"time"
)

// event is one disturbance, at a time of the round.
type event struct {
	at   time.Duration
	what string
	do   func(context.Context)
}

// kind is a kind of disturbance: draw draws its particulars.
type kind struct {
	weight int
	draw   func(w *world, r *rand.Rand) (what string, do func(context.Context))
}

// gap is the mean pause between two events.
const gap = 1200 * time.Millisecond

// kinds are all kinds of disturbances.
var kinds = []kind{
	{5, func(w *world, r *rand.Rand) (string, func(context.Context)) { return w.crash(r, w.workers[r.IntN(2)]) }},
	{5, func(w *world, r *rand.Rand) (string, func(context.Context)) { return w.stop(r, w.workers[r.IntN(2)]) }},
	{3, func(w *world, r *rand.Rand) (string, func(context.Context)) { return w.crash(r, w.serve) }},
	{2, func(w *world, r *rand.Rand) (string, func(context.Context)) { return w.stop(r, w.serve) }},
	{2, func(w *world, r *rand.Rand) (string, func(context.Context)) { return w.crash(r, w.temporal) }},
	{3, func(w *world, r *rand.Rand) (string, func(context.Context)) { return w.stop(r, w.temporal) }},
	{4, drawDatabase},
	{2, func(w *world, r *rand.Rand) (string, func(context.Context)) {
		return w.stop(r, w.somewhere(r).simulator)
	}},
	{3, drawRefusal},
	{4, drawOrder},
	{40, drawProxyFault},
	{24, drawSimulatorFault},
}

// schedule draws the events of a round: the same for the same seed, whatever happens. Each has a
// worker that sleeps for longer than its lease, and at each destination answers to updates that are
// not true, and a trouble that lasts.
func schedule(w *world, r *rand.Rand, length time.Duration) []event {
	var events []event
	total := 0
	for _, k := range kinds {
		total += k.weight
	}
	for at := gap; at < length; at += gap/2 + time.Duration(r.Int64N(int64(gap))) {
		pick := r.IntN(total)
		for _, k := range kinds {
			if pick -= k.weight; pick < 0 {
				what, do := k.draw(w, r)
				events = append(events, event{at: at, what: what, do: do})
				break
			}
		}
	}
	what, do := drawSleep(w, r)
	events = append(events, event{at: gap + time.Duration(0.1*r.Float64()*float64(length)), what: what, do: do})
	events = append(events, drawLies(w, r, length)...)
	for _, p := range w.places { // while there is time left to go on afterwards
		what, do := drawTrouble(w, p, r)
		at := time.Duration((0.15 + 0.35*r.Float64()) * float64(length))
		events = append(events, event{at: at, what: what, do: do})
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return events
}

// disturb lets the events happen, and returns when the last of them is over.
func (w *world) disturb(ctx context.Context, events []event) {
	var all sync.WaitGroup
	start := time.Now()
	for _, e := range events {
		pause(ctx, e.at-time.Since(start))
		if e.do == nil {
			continue
		}
		w.timeline.note("%s", e.what)
		all.Go(func() { e.do(ctx) })
	}
	all.Wait()
}

func (w *world) somewhere(r *rand.Rand) *place { return w.places[r.IntN(len(w.places))] }

func seconds(r *rand.Rand, least, most float64) time.Duration {
	return time.Duration((least + r.Float64()*(most-least)) * float64(time.Second))
}

// crash kills a process, at times politely, and starts it again.
func (w *world) crash(r *rand.Rand, p *process) (string, func(context.Context)) {
	signal, down := syscall.SIGKILL, seconds(r, 0, 3)
	if r.IntN(5) == 0 {
		signal = syscall.SIGTERM
	}
	return fmt.Sprintf("%s: %s, down for %s", p.name, signal, down.Round(time.Millisecond)), func(context.Context) {
		if !p.busy.TryLock() {
			return
		}
		defer p.busy.Unlock()
		w.kills.Add(1)
		p.kill(signal)
		time.Sleep(down)
		if err := p.start(); err != nil {
			w.timeline.fault("%v", err)
		}
	}
}

// stop freezes a process for a while.
func (w *world) stop(r *rand.Rand, p *process) (string, func(context.Context)) {
	length := seconds(r, 0.2, 6)
	if p == w.temporal || p.program == w.places[0].simulator.program {
		length /= 2
	}
	return fmt.Sprintf("%s: frozen for %s", p.name, length.Round(time.Millisecond)), func(context.Context) {
		if !p.busy.TryLock() {
			return
		}
		defer p.busy.Unlock()
		w.stops.Add(1)
		p.freeze(length)
	}
}

// drawSleep freezes the worker that is updating contacts, and for so long that its batch is
// another's when it wakes.
func drawSleep(w *world, r *rand.Rand) (string, func(context.Context)) {
	p, at, length := w.workers[r.IntN(2)], w.somewhere(r), leaseTime+seconds(r, 3, 8)
	return fmt.Sprintf("%s: a worker is to be frozen in mid-batch for %s", at.name, length.Round(time.Millisecond)), func(ctx context.Context) {
		select {
		case from := <-at.proxy.next(classUpdate):
			if i := slices.IndexFunc(w.workers, func(p *process) bool { return p.holds(from) }); i >= 0 {
				p = w.workers[i]
			}
		case <-w.rest:
			return
		case <-ctx.Done():
			return
		}
		p.busy.Lock()
		defer p.busy.Unlock()
		w.timeline.note("%s is frozen in mid-batch", p.name)
		w.stops.Add(1)
		p.freeze(length)
	}
}

// drawDatabase kills or freezes PostgreSQL; a SQLite file has no process.
func drawDatabase(w *world, r *rand.Rand) (string, func(context.Context)) {
	kill, length := r.IntN(2) == 0, seconds(r, 0.2, 5)
	if w.postgres == nil {
		return "", nil
	}
	what, do := fmt.Sprintf("postgres: frozen for %s", length.Round(time.Millisecond)), w.freezeDatabase
	if kill {
		what, do = fmt.Sprintf("postgres: killed, down for %s", length.Round(time.Millisecond)), w.crashDatabase
	}
	return what, func(ctx context.Context) {
		if !w.databaseBusy.TryLock() {
			return
		}
		defer w.databaseBusy.Unlock()
		if err := do(ctx, length); err != nil {
			w.timeline.fault("postgres: %v", err)
		}
	}
}

func (w *world) freezeDatabase(_ context.Context, length time.Duration) error {
	w.stops.Add(1)
	thaw, err := w.postgres.Freeze()
	if err != nil {
		return err
	}
	time.Sleep(length)
	return thaw()
}

func (w *world) crashDatabase(ctx context.Context, length time.Duration) error {
	w.kills.Add(1)
	if err := w.postgres.Kill(); err != nil {
		return err
	}
	time.Sleep(length)
	return w.postgres.Restart(ctx)
}

// drawRefusal closes the port of a destination for a while.
func drawRefusal(w *world, r *rand.Rand) (string, func(context.Context)) {
	p, length := w.somewhere(r).proxy, seconds(r, 0.1, 3)
	return fmt.Sprintf("%s: connections are cut and refused for %s", p.name, length.Round(time.Millisecond)), func(context.Context) {
		if !p.busy.TryLock() {
			return
		}
		defer p.busy.Unlock()
		p.refuse(length)
	}
}
