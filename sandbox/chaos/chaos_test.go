package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"audienceflow/starter/command"
)

const (
	// roundLength is how long the disturbances last before all must come to rest and is compared.
	roundLength = 45 * time.Second
	// shortLength is how long -short disturbs, on all stores together.
	shortLength = 20 * time.Second
	// restTime bounds the time until then: what killed workers held waits for their heartbeats and
	// leases.
	restTime = 6 * time.Minute
)

// TestChaos kills, stops and misleads everything while files, streams, replays, repairs, unmappings
// and validations run at two destinations. Then all has to come to rest, and every contact, number
// and entry of the ledgers must be as the model has it, and nothing written that Dynamics held
// already. Its events and its data are drawn from -seed.
func TestChaos(t *testing.T) {
	stores := []string{"sqlite", "postgres"}
	if *storeFlag != "both" {
		stores = []string{*storeFlag}
	}
	length := *durationFlag
	if testing.Short() {
		length = min(length, shortLength)
	}
	for _, kind := range stores {
		t.Run(kind, func(t *testing.T) {
			chaos(t, kind, length/time.Duration(len(stores)))
		})
	}
}

func chaos(t *testing.T, kind string, length time.Duration) {
	w := newWorld(t, kind)
	l := w.timeline
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("-seed %d -store %s; what happened:\n%s", *seedFlag, kind, l)
		}
	})
	random := rand.New(rand.NewPCG(*seedFlag, 0))
	c := newCast(w)
	for deadline := time.Now().Add(length); ; {
		c.round(t.Context(), random, min(roundLength, max(time.Until(deadline), gap)))
		if faults := l.faults(); len(faults) > 0 {
			t.Fatalf("%d things went wrong:\n%s", len(faults), strings.Join(faults, "\n"))
		}
		if time.Until(deadline) < roundLength/2 {
			t.Logf("%s: %s", kind, c.tally())
			return
		}
	}
}

// cast are those who work while all goes wrong.
type cast struct {
	*world
	drivers []func(context.Context)
	senders []*sender
	rounds  int
	events  int
	writes  int
}

func newCast(w *world) *cast {
	c := &cast{world: w}
	for _, p := range w.places {
		vip, gold, temp := newDriver(w, p, "vip", *seedFlag), newDriver(w, p, "gold", *seedFlag), newDriver(w, p, "temp", *seedFlag)
		c.drivers = append(c.drivers, vip.own, gold.shared, temp.passing)
		s := newSender(w, p, *seedFlag)
		c.senders = append(c.senders, s)
		c.drivers = append(c.drivers, func(ctx context.Context) {
			s.send(ctx)
			pause(ctx, sendPause)
		})
	}
	return c
}

// own exports an audience that nobody else writes to, and has it repaired at times.
func (d *driver) own(ctx context.Context) {
	d.activate(ctx, 300+d.random.IntN(500))
	if d.random.IntN(2) == 0 {
		d.bury()
	}
	if d.random.IntN(2) == 0 {
		d.hijack(ctx)
	}
}

// shared exports an audience that a stream writes to as well; its validation may find what the
// stream is about to book.
func (d *driver) shared(ctx context.Context) {
	rows := d.generation(200 + d.random.IntN(300))
	d.write(rows)
	d.timeline.note("%s: activating %d records beside the stream", d.id(), len(rows))
	if report, ok := d.carry(ctx, "activate", "-f", d.file(), "--detach"); ok {
		d.place.model.apply(d.audience, winners(rows), d.refused(ctx, report))
	}
}

// passing exports an audience, validates and unmaps it.
func (d *driver) passing(ctx context.Context) {
	d.activate(ctx, 100+d.random.IntN(300))
	d.validate(ctx, command.ExitDone)
	d.unmap(ctx)
}

// round lets everybody work while the events happen, then waits for rest and compares.
func (c *cast) round(ctx context.Context, random *rand.Rand, length time.Duration) {
	began := time.Now()
	before := make([]map[string]map[string]string, len(c.places))
	for i, p := range c.places {
		before[i] = p.model.expected()
	}
	// Steps under way when the events are over come to their end; patience starts then.
	stop, halt := context.WithTimeout(ctx, length)
	defer halt()
	work, cancel := context.WithTimeout(ctx, length+restTime)
	defer cancel()
	var all sync.WaitGroup
	for _, step := range c.drivers {
		all.Go(func() {
			for stop.Err() == nil {
				step(work)
			}
		})
	}
	for _, s := range c.senders {
		all.Go(func() { s.attend(work, stop.Done()) })
	}
	c.rest = stop.Done()
	events := schedule(c.world, random, length)
	c.disturb(work, events)
	<-stop.Done()
	c.quiet()
	all.Wait()
	for _, s := range c.senders {
		s.drained(work)
		s.replayRefused(work)
	}
	c.rounds, c.events = c.rounds+1, c.events+len(events)
	c.compare(work, before, began)
}

// quiet ends all faults: from here on, everything must come right by itself.
func (c *cast) quiet() {
	for _, p := range c.places {
		p.proxy.disarm()
		if _, err := p.control(http.MethodDelete, "faults", nil); err != nil {
			c.timeline.fault("the simulator's faults do not end: %v", err)
		}
	}
	c.timeline.note("quiet")
}

// compare compares everything with the model.
func (c *cast) compare(ctx context.Context, before []map[string]map[string]string, began time.Time) {
	d := &differences{}
	for i, p := range c.places {
		p.compareContacts(d)
		c.compared += len(p.contacts)
		found, total, err := p.needless(before[i])
		if err != nil {
			d.add("writes cannot be traced", "%v", err)
		}
		for _, one := range found {
			d.add("values were written twice", "%s", one)
		}
		c.writes += total
		if _, err := p.control(http.MethodPost, "reset", nil); err != nil {
			d.add("the simulator cannot be reset", "%v", err)
		}
	}
	c.compareStore(ctx, d)
	c.compareReports(ctx, d, began)
	d.tell(c.timeline)
	c.timeline.note("compared")
}

// tally says how much happened.
func (c *cast) tally() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d rounds, %d events", *seedFlag, c.rounds, c.events)
	for _, p := range c.places {
		lasting, stops := p.bouts.tally()
		fmt.Fprintf(&b, "\n%s: %d requests; %d faults of the proxy hit; %d troubles lasted, for which something stopped %d times",
			p.name, p.proxy.requests.Load(), p.proxy.hits.Load(), lasting, stops)
	}
	fmt.Fprintf(&b, "\n%d kills and %d stops of processes and databases, %d runs failed for a trouble or were canceled",
		c.kills.Load(), c.stops.Load(), c.others())
	fmt.Fprintf(&b, "\n%d rows written, %d times a contact was compared, %d reports", c.writes, c.compared, c.reports)
	return b.String()
}

// others counts the runs that have not completed.
func (w *world) others() (n int) {
	w.endings.Range(func(any, any) bool { n++; return true })
	return n
}
