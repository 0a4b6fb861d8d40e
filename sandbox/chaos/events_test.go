package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"syscall"
	"time"

	"audienceflow/dynamics/simulator"
	"audienceflow/workflows"
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

// schedule draws the events of a round: the same for the same seed, whatever happens.
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
	if r.IntN(6) == 0 {
		length *= 5
	}
	if p == w.temporal || p.program == w.places[0].simulator.program {
		length = seconds(r, 0.2, 4)
	}
	return fmt.Sprintf("%s: frozen for %s", p.name, length.Round(time.Millisecond)), func(context.Context) {
		if !p.busy.TryLock() {
			return
		}
		defer p.busy.Unlock()
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
	thaw, err := w.postgres.Freeze()
	if err != nil {
		return err
	}
	time.Sleep(length)
	return thaw()
}

func (w *world) crashDatabase(ctx context.Context, length time.Duration) error {
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

// drawOrder has an operator pause a run, a stream or a destination, and resume it.
func drawOrder(w *world, r *rand.Rand) (string, func(context.Context)) {
	p, length := w.somewhere(r).name, seconds(r, 0.5, 4)
	args := [][]string{
		{workflows.ActivateID(p, "vip")}, {workflows.ActivateID(p, "gold")}, {workflows.StreamID(p, "gold")}, {"--destination", p},
	}[r.IntN(4)]
	return fmt.Sprintf("an operator pauses %v for %s", args, length.Round(time.Millisecond)), func(ctx context.Context) {
		if !w.operator.TryLock() {
			return
		}
		defer w.operator.Unlock()
		paused := w.starter(ctx, append([]string{"pause"}, args...)...)
		w.timeline.note("pause %v: exit %d: %s", args, paused.code, paused.said())
		pause(ctx, length)
		for ctx.Err() == nil {
			resumed := w.starter(ctx, append([]string{"resume"}, args...)...)
			w.timeline.note("resume %v: exit %d: %s", args, resumed.code, resumed.said())
			if resumed.code == 0 || args[0] != "--destination" && w.over(ctx, args[0]) {
				return
			}
			pause(ctx, time.Second)
		}
	}
}

// over reports whether nothing runs under a workflow id.
func (w *world) over(ctx context.Context, id string) bool {
	described, err := w.sdk.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return isNotFound(err)
	}
	return described.GetWorkflowExecutionInfo().GetCloseTime().IsValid()
}

// drawProxyFault spoils the next requests of a class, or of any, at the proxy.
func drawProxyFault(w *world, r *rand.Rand) (string, func(context.Context)) {
	p, f, class, count := w.somewhere(r).proxy, proxyFaults[r.IntN(len(proxyFaults))], drawClass(r), 1
	if f.classes != nil {
		class = f.classes[r.IntN(len(f.classes))]
	}
	if r.IntN(3) == 0 {
		count += r.IntN(3)
	}
	return fmt.Sprintf("%s: %s for the next %d %q", p.name, f.name, count, class), func(context.Context) {
		p.arm(f, class, count, 10*time.Second)
	}
}

// drawClass gives a class of requests, "" for any.
func drawClass(r *rand.Rand) string {
	all := append([]string{"", "", classUpdate, classUpdate, classBatch, classPatch}, classes...)
	return all[r.IntN(len(all))]
}

// drawSimulatorFault spoils requests in the simulated environment itself.
func drawSimulatorFault(w *world, r *rand.Rand) (string, func(context.Context)) {
	p := w.somewhere(r)
	f := simulatorFaults[r.IntN(len(simulatorFaults))](p, r)
	return fmt.Sprintf("simulator %s: %s", p.name, shown(f)), func(context.Context) {
		for try := 0; ; try++ {
			_, err := p.control(http.MethodPost, "faults", f)
			if err == nil {
				return
			}
			if try == 3 {
				w.timeline.fault("the simulator takes no fault: %v", err)
				return
			}
		}
	}
}

// matches are what the simulator knows the classes of requests by.
var matches = map[string]string{
	"": "/api/data/", classToken: "oauth2", classWhoAmI: "WhoAmI", classMetadata: "EntityDefinitions", classRights: "Retrieve",
	classCount: "apply", classRead: "GET .*/contacts", classUpdate: "UpdateMultiple", classBatch: "batch", classPatch: "PATCH",
}

// simulatorFaults are all kinds of faults that the simulator knows.
var simulatorFaults = []func(p *place, r *rand.Rand) simulator.Fault{
	func(_ *place, r *rand.Rand) simulator.Fault {
		status := []int{500, 502, 503, 504, 429}[r.IntN(5)]
		f := simulator.Fault{Kind: "status", Match: matches[drawClass(r)], Status: status, Count: 1 + r.IntN(2)}
		if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
			f.Seconds = float64(r.IntN(3)) // 0: without Retry-After
		}
		return f
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "code", Match: matches[drawClass(r)], Status: 500, Code: "0x80040216", Count: 1}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "hang", Match: matches[drawClass(r)], Seconds: 1 + 3*r.Float64(), Count: 1}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "hang-after", Match: matches[drawClass(r)], Seconds: 1 + 3*r.Float64(), Count: 1}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "cut-before", Match: matches[drawClass(r)], Count: 1 + r.IntN(2)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "cut-after", Match: matches[drawClass(r)], Count: 1 + r.IntN(2)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "slow-body", Match: matches[drawClass(r)], Seconds: 2 * r.Float64(), Count: 1 + r.IntN(3)}
	},
	func(p *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "plugin", IDs: p.draw(r, 30), Count: 2 + r.IntN(20)}
	},
	func(p *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "deadlock", IDs: p.draw(r, 30), Count: 1 + r.IntN(3)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "sql-timeout", Rows: 10 + r.IntN(20), Count: 1 + r.IntN(4)}
	},
	func(*place, *rand.Rand) simulator.Fault { return simulator.Fault{Kind: "expired-tokens"} },
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "token-lifetime", Seconds: float64(r.IntN(5)), Count: 1 + r.IntN(2)}
	},
	func(_ *place, r *rand.Rand) simulator.Fault {
		return simulator.Fault{Kind: "outage", Seconds: 1 + 4*r.Float64()}
	},
}

// draw gives some of a destination's contacts.
func (p *place) draw(r *rand.Rand, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = p.contacts[r.IntN(len(p.contacts))]
	}
	return ids
}
