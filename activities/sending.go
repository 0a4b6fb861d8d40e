package activities

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"audienceflow/activities/lease"
	"audienceflow/dynamics"
	"audienceflow/store"
	"audienceflow/store/destinations"
	"audienceflow/store/staging"
)

const (
	// longest is how long a batch may take before it gives back its rest: others may be waiting for
	// its contacts.
	longest = 10 * time.Minute
	// inFlightPause is how long a batch waits for contacts that another batch has in flight.
	inFlightPause = 2 * time.Second
)

// Sending holds the step that writes.
type Sending struct {
	o       Options
	runs    *settingsCache
	trials  *trials
	counter *runCounter
}

// UpdateContacts updates the contacts of one batch, books what Dynamics accepted and what it
// refused, and gives back the rest when it is told to stop. It can be repeated: rows whose fate an
// earlier attempt left open are read back first, and only those that are not there are sent.
func (s *Sending) UpdateContacts(ctx context.Context, in UpdateContactsInput) (UpdateContactsResult, error) {
	return perform(ctx, s.o.maySend, in, s.observed)
}

func (s *Sending) update(ctx context.Context, in UpdateContactsInput) (UpdateContactsResult, error) {
	b := &batch{o: s.o, ref: store.BatchRef{Run: in.Run, Batch: in.Batch}, overBudget: in.OverBudget, trials: s.trials}
	var err error
	if b.settings, err = s.runs.of(ctx, in.Run); err != nil {
		return UpdateContactsResult{}, err
	}
	if err := b.run(asCaller(ctx, in.Run)); err != nil {
		b.failureNumbers(ctx)
		return UpdateContactsResult{}, err
	}
	ctx = context.WithoutCancel(ctx)
	s.noteWriteTime(ctx)
	var out UpdateContactsResult
	if out.Numbers, err = s.o.Store.BatchNumbers(ctx, b.ref.Run, b.ref.Batch); err != nil {
		return UpdateContactsResult{}, err
	}
	if out.Run, err = s.counter.count(ctx, in.Run); err != nil {
		return UpdateContactsResult{}, err
	}
	out.DailyRows, err = b.shortage(ctx)
	return out, err
}

// batch is one attempt at a batch.
type batch struct {
	o        Options
	ref      store.BatchRef
	settings settings
	attempt  int64
	lease    *lease.Lease
	trials   *trials

	overBudget   bool              // the daily budget does not hold it
	short        bool              // the daily budget did not suffice
	counted      destinations.Sent // where there is a budget
	allowed      []store.TakenRow
	answered     answer // and not booked yet
	failing      failing
	inDoubtUntil time.Time // from when on Dynamics cannot be at work on the open rows any more

	mu    sync.Mutex
	fates map[string]fate
}

// fate is what is known of a contact that the attempt has taken.
type fate int

const (
	unsent fate = iota // it may be given back
	booked
	open // sent, and the answer was lost: it stays in flight until it was read back
)

// run takes the batch, sends it, books it and gives back what was not sent. What was sent is booked
// also when ctx ends.
func (b *batch) run(ctx context.Context) error {
	b.lease = lease.New(b.o.clock, b.o.Destination.lease(), b.o.Destination.requestLasts())
	asked := b.lease.Now()
	taken, err := b.o.Store.TakeBatch(ctx, b.ref, b.settings.policy(), b.o.Destination.lease())
	if err != nil || taken.Done {
		return err
	}
	b.attempt = taken.Attempt
	b.lease.Extended(asked)
	b.mark(taken.Rows, unsent)
	work, stop := b.supervise(ctx)
	defer stop()

	rest, err := b.recover(work, taken)
	if err == nil {
		rest, err = b.allow(work, append(taken.Rows, rest...))
	}
	if err == nil {
		err = b.send(work, rest)
	}
	counts, finishErr := b.finish(context.WithoutCancel(ctx))
	if finishErr == nil && counts.InFlight > 0 {
		stop() // or its last heartbeat would prolong the lease again
		finishErr = b.leave(context.WithoutCancel(ctx))
	}
	switch {
	case finishErr != nil:
		return finishErr
	case err != nil && !stopped(err):
		return err
	case counts.InFlight > 0 && ctx.Err() != nil:
		return ctx.Err()
	case counts.InFlight > 0:
		return later(ErrAttemptLost, fmt.Sprintf("%d contacts have to be read back before they may be sent again", counts.InFlight), firstLook)
	case err == nil && b.failing.rows > 0:
		return b.failing.later()
	case err == nil && !b.short && taken.Deferred > 0 && counts.Pending > 0:
		return b.waitForOthers(ctx, taken)
	}
	return nil
}

// finish books what was answered last, gives back what was not sent and ends the attempt.
func (b *batch) finish(ctx context.Context) (store.BatchCounts, error) {
	var back []string
	for contact, f := range b.fates {
		if f == unsent {
			back = append(back, contact)
		}
	}
	if err := b.uncount(ctx); err != nil {
		return store.BatchCounts{}, err
	}
	last := b.booking(b.answered)
	last.Back = back
	counts, err := b.o.Store.FinishBatch(ctx, b.ref, b.attempt, last)
	if err == nil {
		b.o.observer().Sent(len(last.Written), len(last.Failed))
	}
	return counts, err
}

func (b *batch) mark(rows []store.TakenRow, f fate) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fates == nil {
		b.fates = make(map[string]fate, len(rows))
	}
	for _, row := range rows {
		b.fates[row.Contact] = f
	}
}

// errStop ends an attempt that gives back its rest.
var errStop = errors.New("the batch gives back its rest")

func stopped(err error) bool { return errors.Is(err, errStop) || errors.Is(err, context.Canceled) }

// supervise gives the context of the work: it ends when the activity is canceled, when the worker
// shuts down, when the destination is paused or its quiet hours begin, when the batch has taken too
// long, or when another attempt has taken over. Until stop, it keeps heartbeats and the lease up,
// and nothing is sent under it without the lease. A store that does not answer holds up the lease,
// not the heartbeats: the attempt waits for it, and hears of a cancellation.
func (b *batch) supervise(ctx context.Context) (work context.Context, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	deadline := time.NewTimer(longest)
	ticker := time.NewTicker(beatEvery)
	ended := make(chan struct{})
	began := time.Now()
	go func() {
		defer close(ended)
		defer deadline.Stop()
		defer ticker.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-activity.GetWorkerStopChannel(ctx):
				cancel(errStop)
				return
			case <-deadline.C:
				cancel(errStop)
				return
			case <-ticker.C:
				if err := b.extend(watched); err != nil {
					cancel(err)
					return
				}
				if paused, err := b.o.pause(watched); err == nil && paused != nil || b.o.quiet() != nil {
					cancel(errStop)
					return
				}
				b.numbersNews(watched, time.Since(began))
			}
		}
	}()
	return dynamics.WithLease(watched, b.lease.Check), sync.OnceFunc(func() { cancel(nil); <-ended })
}

// extend prolongs the lease. It is an error when another attempt has the batch; a store that cannot
// be reached may answer the next time, and until then the lease runs out.
func (b *batch) extend(ctx context.Context) error {
	asked := b.lease.Now()
	err := b.o.Store.ExtendLease(ctx, b.ref, b.attempt, b.lease.Length())
	var lost *store.LostAttempt
	if errors.As(err, &lost) {
		return lost
	}
	if err == nil {
		b.lease.Extended(asked)
	}
	return nil
}

// send updates rows request by request, several at a time as far as the destination's limits allow.
// Rows whose answer was lost are looked up and sent again if they are not there.
func (b *batch) send(ctx context.Context, rows []store.TakenRow) error {
	for len(rows) > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		requests := b.requests(rows)
		answers := make(chan answer, len(requests))
		for _, request := range requests {
			go func() { answers <- b.request(ctx, request) }()
		}
		lost, err := b.gather(ctx, len(requests), answers)
		if err != nil {
			return err
		}
		if len(lost.unknown) == 0 {
			return nil
		}
		if err := b.book(ctx); err != nil { // looking the others up may take a while
			return err
		}
		if rows, err = b.resolve(ctx, lost.unknown); err != nil {
			return err
		}
		rows = b.withoutEffect(ctx, rows, lost.alone)
	}
	return nil
}

func updateOf(row store.TakenRow, columns map[string]*dynamics.Column) (dynamics.Update, error) {
	u := dynamics.Update{ContactID: row.Contact, Values: make([]dynamics.Assignment, len(row.Changes))}
	for i, change := range row.Changes {
		column, known := columns[change.Column]
		if !known {
			return u, fmt.Errorf("column %s is not one of the run's", change.Column)
		}
		u.Values[i] = dynamics.Assignment{Column: column, Value: change.Value}
	}
	return u, nil
}

func failureOf(contact string, r dynamics.RowResult) staging.Failure {
	e := r.Err
	return staging.Failure{
		Contact: contact, Reason: e.Explain().Reason, Column: r.Column, Code: e.Code, Text: e.Message, RequestID: e.RequestID,
	}
}

// waitForOthers asks to be called again for contacts that other batches have in flight, after
// clearing away what batches of ended attempts have left.
func (b *batch) waitForOthers(ctx context.Context, taken *store.Taken) error {
	for _, blocker := range taken.Blockers {
		if blocker.LeaseLeft > 0 {
			continue
		}
		if err := clearAway(ctx, b.o, blocker); err != nil {
			return err
		}
	}
	return later(ErrContactsInFlight, fmt.Sprintf("%d contacts are in flight in another run: trying again", taken.Deferred), inFlightPause)
}
