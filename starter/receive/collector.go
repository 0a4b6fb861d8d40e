package receive

import (
	"context"
	"errors"
	"time"

	"audienceflow/store"
)

const (
	// waiting is how many requests wait for the store at most.
	waiting = 1_024
	// groupEvents is how many events are written together at most: the store's one writer is free again soon.
	groupEvents = 2_000
	// storeTime bounds one write. Its requests have been answered long before.
	storeTime = 10 * time.Second
)

var errStopping = errors.New("receiving has ended")

// collector writes the events of all requests that wait at the same moment in one transaction: a commit costs a sync of the disk,
// whatever is in it, and on SQLite each has to queue behind the other writers.
type collector struct {
	inbox Inbox
	ring  func([]store.StreamKey)
	queue chan *delivery
	ended chan struct{}
}

// delivery is what one request wants to be kept.
type delivery struct {
	ctx        context.Context
	events     []store.Event
	unreadable []store.Unreadable
	done       chan error
}

func newCollector(inbox Inbox, ring func([]store.StreamKey)) *collector {
	return &collector{inbox: inbox, ring: ring, queue: make(chan *delivery, waiting), ended: make(chan struct{})}
}

// keep returns nil when events and unreadable records are durable. An error leaves open whether they are: to send them again
// does no harm.
func (c *collector) keep(ctx context.Context, events []store.Event, unreadable []store.Unreadable) error {
	d := &delivery{ctx: ctx, events: events, unreadable: unreadable, done: make(chan error, 1)}
	select {
	case c.queue <- d:
	case <-ctx.Done():
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
		select {
		case first := <-c.queue:
			c.write(ctx, c.group(first))
		case <-ctx.Done():
			return
		}
	}
}

// group takes along what else is waiting. Requests that were answered meanwhile are left out.
func (c *collector) group(first *delivery) []*delivery {
	group := []*delivery{first}
	for events := len(first.events); events < groupEvents; {
		select {
		case next := <-c.queue:
			if next.ctx.Err() != nil {
				continue
			}
			group = append(group, next)
			events += len(next.events)
		default:
			return group
		}
	}
	return group
}

func (c *collector) write(ctx context.Context, group []*delivery) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTime)
	defer cancel()
	var events []store.Event
	var unreadable []store.Unreadable
	for _, d := range group {
		events = append(events, d.events...)
		unreadable = append(unreadable, d.unreadable...)
	}
	wake, err := c.inbox.Receive(ctx, events, unreadable)
	for _, d := range group {
		d.done <- err
	}
	if err == nil {
		c.ring(wake)
	}
}
