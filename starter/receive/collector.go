package receive

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/semaphore"

	"audienceflow/store/inbox"
)

const (
	// arriving is how many requests hand over to the collector without waiting for it to look.
	arriving = 1_024
	// groupRows is how many rows are written together at most: the store's one writer is free again
	// soon, and a small request that comes behind a large one does not wait for all of it.
	groupRows = 2_000
	// waitingRows bounds what waits for the store in memory: four bodies of the most records that
	// are taken.
	waitingRows = 4 * maxRecords
	// storeTime bounds one write. Its requests have been answered long before.
	storeTime = 10 * time.Second
)

var errStopping = errors.New("receiving has ended")

// collector writes the rows of all requests that wait at the same moment in one transaction: a
// commit costs a sync of the disk, whatever is in it, and on SQLite each has to queue behind the
// other writers. The rows of a large request go in several.
type collector struct {
	inbox   Inbox
	ring    func([]inbox.StreamKey)
	room    *semaphore.Weighted
	queue   chan *delivery
	waiting []*delivery
	ended   chan struct{}
}

// delivery is what is left of what one request wants to be kept.
type delivery struct {
	// gone tells why nobody waits for the answer any more; nil while somebody does.
	gone func() error
	rows rows
	size int64
	done chan error
}

// rows are what is written: events, and records of no audience in particular.
type rows struct {
	events     []inbox.Event
	unreadable []inbox.Unreadable
}

func (r rows) len() int { return len(r.events) + len(r.unreadable) }

// take splits off at most n rows from the front.
func (r *rows) take(n int) rows {
	e := min(n, len(r.events))
	u := min(n-e, len(r.unreadable))
	front := rows{r.events[:e], r.unreadable[:u]}
	r.events, r.unreadable = r.events[e:], r.unreadable[u:]
	return front
}

func newCollector(box Inbox, ring func([]inbox.StreamKey)) *collector {
	return &collector{inbox: box, ring: ring, room: semaphore.NewWeighted(waitingRows), queue: make(chan *delivery, arriving), ended: make(chan struct{})}
}

// keep returns nil when all rows are durable. An error leaves open which of them are: to send them
// again does no harm.
func (c *collector) keep(ctx context.Context, r rows) error {
	d := &delivery{gone: ctx.Err, rows: r, size: int64(r.len()), done: make(chan error, 1)}
	if !c.room.TryAcquire(d.size) {
		return refuse(http.StatusServiceUnavailable, "too many profiles wait for the store: send the same again later")
	}
	select {
	case c.queue <- d:
	case <-ctx.Done():
		c.room.Release(d.size)
		return ctx.Err()
	case <-c.ended:
		return errStopping
	}
	select {
	case err := <-d.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-c.ended:
		return errStopping
	}
}

// run writes until ctx ends.
func (c *collector) run(ctx context.Context) {
	defer close(c.ended)
	for {
		if len(c.waiting) == 0 {
			select {
			case first := <-c.queue:
				c.waiting = append(c.waiting, first)
			case <-ctx.Done():
				return
			}
		}
		c.gather()
		if group := c.group(); len(group) > 0 {
			c.write(ctx, group)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// gather takes in what else has arrived.
func (c *collector) gather() {
	for {
		select {
		case next := <-c.queue:
			c.waiting = append(c.waiting, next)
		default:
			return
		}
	}
}

// part is what one transaction takes of a delivery.
type part struct {
	of *delivery
	rows
}

// group takes what goes together, the smallest first: they do not wait for the large ones, which go
// on with the room that is left. Requests that were answered meanwhile are left out.
func (c *collector) group() []part {
	slices.SortStableFunc(c.waiting, func(a, b *delivery) int { return cmp.Compare(a.rows.len(), b.rows.len()) })
	var group []part
	for left := groupRows; left > 0 && len(c.waiting) > 0; {
		d := c.waiting[0]
		c.waiting = c.waiting[1:]
		if err := d.gone(); err != nil {
			c.end(d, err)
			continue
		}
		p := part{d, d.rows.take(left)}
		group = append(group, p)
		left -= p.len()
	}
	return group
}

// write writes a group. What is left of a delivery waits on. If the store does not take them
// together, each is tried on its own: one that it cannot take costs its neighbours nothing.
func (c *collector) write(ctx context.Context, group []part) {
	var all rows
	for _, p := range group {
		all.events = append(all.events, p.events...)
		all.unreadable = append(all.unreadable, p.unreadable...)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	wake, err := c.inbox.Receive(ctx, all.events, all.unreadable)
	if err != nil && len(group) > 1 && ctx.Err() == nil {
		for _, p := range group {
			if err := p.of.gone(); err != nil {
				c.end(p.of, err)
				continue
			}
			c.write(ctx, []part{p})
		}
		return
	}
	for _, p := range group {
		switch {
		case err != nil, p.of.rows.len() == 0:
			c.end(p.of, err)
		default:
			c.waiting = append(c.waiting, p.of)
		}
	}
	if err == nil {
		c.ring(wake)
	}
}

// end answers a delivery.
func (c *collector) end(d *delivery, err error) {
	c.room.Release(d.size)
	d.done <- err
}
