package activities

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store"
)

// trialTimes are when a row is tried that failed on its own, after it did so first. A row that
// fails at the last of them, too, is given up if others got through meanwhile.
var trialTimes = []time.Duration{0, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute}

const (
	// trialPause is the wait for the next try of a row that would be given up, were there others
	// that got through.
	trialPause = time.Minute
	// trialMemory is how long a row is remembered that is not heard of any more.
	trialMemory = time.Hour
	// lonely is how many rows may be given up although no other got through, if Dynamics takes the
	// write probe meanwhile: what is left of a run has no others.
	lonely = 20
)

// trials remembers rows that Dynamics neither wrote nor refused, across the attempts at their
// batches. It lives in the worker's memory: a worker that starts begins to count anew, which delays
// the verdict and never hastens it.
type trials struct {
	times []time.Duration

	mu      sync.Mutex
	rows    map[trialKey]*trial
	written time.Time // when this worker last heard that a row was written
}

type trialKey struct {
	ref     store.BatchRef
	contact string
}

type trial struct {
	lost  int // requests with the row that had no effect, their answers being lost
	tries int // failures of the row on its own
	first time.Time
	next  time.Time       // it is not tried before
	why   *dynamics.Error // of the last failure on its own; nil: its answer was lost
}

func newTrials(o Options) *trials {
	t := &trials{times: o.trials, rows: map[trialKey]*trial{}}
	if t.times == nil {
		t.times = trialTimes
	}
	return t
}

// began notes when a request began that some rows did not get through with; for all but the first
// it changes nothing.
func (t *trials) began(ref store.BatchRef, rows []store.TakenRow, at time.Time) {
	if len(rows) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, known := range t.rows {
		if at.Sub(known.first) > trialMemory && at.After(known.next) {
			delete(t.rows, key)
		}
	}
	for _, row := range rows {
		t.row(ref, row.Contact, at)
	}
}

// row gives what is remembered of a row. The caller holds mu.
func (t *trials) row(ref store.BatchRef, contact string, now time.Time) *trial {
	key := trialKey{ref, contact}
	known := t.rows[key]
	if known == nil {
		known = &trial{first: now}
		t.rows[key] = known
	}
	return known
}

// wrote notes that rows got through.
func (t *trials) wrote() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written = time.Now()
}

// of gives what is known of a row; the zero trial if there is nothing.
func (t *trials) of(ref store.BatchRef, contact string) trial {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.rows[trialKey{ref, contact}]; known != nil {
		return *known
	}
	return trial{}
}

// failed books that a row failed on its own, and why, and tells whether it did so often enough, and
// whether others got through.
func (t *trials) failed(ref store.BatchRef, contact string, why *dynamics.Error) (next time.Time, enough, others bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known := t.row(ref, contact, time.Now())
	known.tries++
	known.why = why
	if known.tries < len(t.times) {
		known.next = known.first.Add(t.times[known.tries])
		return known.next, false, false
	}
	known.next = time.Now().Add(min(trialPause, t.times[len(t.times)-1]))
	return known.next, true, t.written.After(known.first)
}

// lost books that a request with rows had no effect.
func (t *trials) lost(ref store.BatchRef, rows []store.TakenRow) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, row := range rows {
		t.row(ref, row.Contact, time.Now()).lost++
	}
}

// failing are rows of an attempt that Dynamics fails on and that are tried again later.
type failing struct {
	rows int
	next time.Time
	err  *dynamics.Error
}

func (f *failing) add(next time.Time, err *dynamics.Error) {
	f.rows++
	if f.next.IsZero() || next.Before(f.next) {
		f.next = next
	}
	if err != nil {
		f.err = err
	}
}

// later asks for the attempt at which the first of them is due.
func (f *failing) later() error {
	text := fmt.Sprintf("%d contacts failed on their own and are sent again", f.rows)
	if f.err != nil {
		text += ": " + f.err.Error()
	}
	return later(string(dynamics.ServerError), text, max(time.Until(f.next), firstLook))
}

// request is what is sent at a time.
type request struct {
	rows  []store.TakenRow
	apart bool // each row in a transaction of its own
}

// requests cuts rows into requests. Rows that got nowhere with others go apart, and then quite
// alone; those that are not due yet are left out, and so given back.
func (b *batch) requests(rows []store.TakenRow) []request {
	var all []request
	var together, apart []store.TakenRow
	now := time.Now()
	for _, row := range rows {
		switch known := b.trials.of(b.ref, row.Contact); {
		case known.next.After(now):
			b.failing.add(known.next, known.why)
		case known.lost > 2:
			all = append(all, request{[]store.TakenRow{row}, true})
		case known.lost == 2 || known.tries > 0:
			apart = append(apart, row)
		default:
			together = append(together, row)
		}
	}
	for chunk := range slices.Chunk(together, b.o.Destination.RequestSize) {
		all = append(all, request{rows: chunk})
	}
	for chunk := range slices.Chunk(apart, b.o.Destination.RequestSize) {
		all = append(all, request{chunk, true})
	}
	return all
}

// withoutEffect deals with rows whose answer was lost and that Dynamics does not hold. Those that
// were sent on their own have failed; the others are returned: they are sent again.
func (b *batch) withoutEffect(ctx context.Context, rows []store.TakenRow, alone map[string]dynamics.RowResult) []store.TakenRow {
	b.trials.lost(b.ref, rows)
	var again, failed []store.TakenRow
	for _, row := range rows {
		if _, wasAlone := alone[row.Contact]; wasAlone {
			failed = append(failed, row)
		} else {
			again = append(again, row)
		}
	}
	b.judge(ctx, failed, alone)
	return again
}

// judge decides what becomes of rows that failed on their own: they are tried again later, or given
// up.
func (b *batch) judge(ctx context.Context, rows []store.TakenRow, alone map[string]dynamics.RowResult) {
	var doomed []store.TakenRow
	for _, row := range rows {
		next, enough, others := b.trials.failed(b.ref, row.Contact, alone[row.Contact].Err)
		switch {
		case enough && others:
			b.giveUp(row, alone[row.Contact])
		case enough:
			doomed = append(doomed, row)
			b.failing.add(next, alone[row.Contact].Err)
		default:
			b.failing.add(next, alone[row.Contact].Err)
		}
	}
	if len(doomed) == 0 || len(doomed) > lonely || b.o.Destination.Client.TakesWrites(ctx) != nil {
		return
	}
	b.failing.rows -= len(doomed)
	for _, row := range doomed {
		b.giveUp(row, alone[row.Contact])
	}
}

// giveUp books a row as failed, with what Dynamics said of it.
func (b *batch) giveUp(row store.TakenRow, r dynamics.RowResult) {
	b.mark([]store.TakenRow{row}, open) // until it is booked
	b.answered.refused = append(b.answered.refused, row)
	b.answered.failed = append(b.answered.failed, failureOf(row.Contact, r))
}
