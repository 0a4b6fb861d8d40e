package activities

import (
	"context"
	"errors"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store"
	"audienceflow/store/numbers"
	"audienceflow/store/runlog"
)

const (
	// firstLook is the wait before contacts are looked up again; it doubles.
	firstLook = 500 * time.Millisecond
	// longestLook is the longest wait between two looks.
	longestLook = 15 * time.Second
)

// recover deals with the rows that an earlier attempt has left: those that are in Dynamics are
// booked, the others are returned once that attempt cannot be at work any more.
func (b *batch) recover(ctx context.Context, taken *store.Taken) ([]store.TakenRow, error) {
	if len(taken.Recovered) == 0 {
		return nil, nil
	}
	b.mark(taken.Recovered, open)
	b.inDoubt(time.Now().Add(taken.LeaseLeft))
	return b.resolve(ctx, taken.Recovered)
}

// inDoubt says that rows were sent on which Dynamics may work until then. What bounds that is
// Dynamics' own limit, however soon this worker has stopped to wait, and however the answer was
// lost: a cut or a gateway's answer ends no work.
func (b *batch) inDoubt(until time.Time) {
	if until.After(b.inDoubtUntil) {
		b.inDoubtUntil = until
	}
}

// leave ends the lease of an attempt that leaves rows open at the moment from which the next one
// may send them again.
func (b *batch) leave(ctx context.Context) error {
	return b.o.Store.ExtendLease(ctx, b.ref, b.attempt, max(0, time.Until(b.inDoubtUntil)))
}

// resolve reads rows of unknown fate back until they are all there, or were not there once Dynamics
// could not be at work on them any more, and books those that are. It returns the others: they may
// be sent.
func (b *batch) resolve(ctx context.Context, rows []store.TakenRow) ([]store.TakenRow, error) {
	defer waitsNoMore(ctx)
	for wait := firstLook; ; wait = min(2*wait, longestLook) {
		left := time.Until(b.inDoubtUntil) // before the look: what is written after it began may not be seen
		present, absent, err := b.readBack(ctx, rows)
		if err != nil {
			return nil, err
		}
		if len(present) > 0 {
			if err := b.o.Store.Book(context.WithoutCancel(ctx), b.ref, b.attempt, b.booking(answer{written: present})); err != nil {
				return nil, err
			}
			b.o.observer().Sent(len(present), 0)
			b.mark(present, booked)
		}
		if len(absent) == 0 || left <= 0 {
			b.mark(absent, unsent)
			return absent, nil
		}
		waitsUntil(ctx, b.inDoubtUntil)
		if err := sleep(ctx, min(wait, left)); err != nil {
			return nil, err
		}
		rows = absent
	}
}

// readBack tells which rows Dynamics holds as they were meant to be.
func (b *batch) readBack(ctx context.Context, rows []store.TakenRow) (present, absent []store.TakenRow, err error) {
	columns := b.settings.columns()
	place := make(map[string]int, len(columns))
	for i, c := range columns {
		place[c.LogicalName] = i
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Contact
	}
	contacts, err := b.o.readContacts(ctx, ids, columns, dynamics.ReadOptions{})
	if err != nil {
		return nil, nil, err
	}
	held := make(map[string][]*string, len(contacts))
	for _, c := range contacts {
		held[c.ID] = c.Values
	}
	for _, row := range rows {
		if values, found := held[row.Contact]; found && holds(values, row.Changes, place) {
			present = append(present, row)
		} else {
			absent = append(absent, row)
		}
	}
	return present, absent, nil
}

func holds(values []*string, changes []store.Change, place map[string]int) bool {
	for _, change := range changes {
		if i, known := place[change.Column]; !known || !same(values[i], change.Value) {
			return false
		}
	}
	return true
}

func same(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// recoverOthers clears away what batches of other runs have left in flight and nobody is working on
// any more, so that the ledger is right before the plan is made. Those of the same audience are
// waited for.
func recoverOthers(ctx context.Context, o Options, run string) error {
	mine, err := o.Store.Run(ctx, run)
	if err != nil {
		return err
	}
	defer waitsNoMore(ctx)
	for {
		open, err := o.Store.OpenBatches(ctx, mine.Destination, run)
		if err != nil {
			return err
		}
		var longestLeft time.Duration
		for _, other := range open {
			if other.LeaseLeft > 0 {
				if other.WorkflowID == mine.WorkflowID {
					longestLeft = max(longestLeft, other.LeaseLeft)
				}
				continue
			}
			if err := clearAway(ctx, o, other); err != nil {
				return err
			}
		}
		if longestLeft == 0 {
			return nil
		}
		waitsUntil(ctx, time.Now().Add(longestLeft))
		if err := sleep(ctx, min(longestLeft, beatEvery)); err != nil {
			return err
		}
	}
}

// clearAway clears away a batch that nobody is working on. One that is gone, with its run perhaps,
// has been cleared away by somebody else since it was found.
func clearAway(ctx context.Context, o Options, other store.OpenBatch) error {
	err := recoverBatch(ctx, o, other)
	if errors.Is(err, numbers.ErrNoBatch) || errors.Is(err, runlog.ErrNoRun) {
		return nil
	}
	return err
}

// recoverBatch books what Dynamics holds of another run's batch, and gives back the rest.
func recoverBatch(ctx context.Context, o Options, other store.OpenBatch) error {
	text, err := o.Store.RunSettings(ctx, other.Run)
	if err != nil {
		return err
	}
	b := &batch{o: o, ref: other.BatchRef}
	if b.settings, err = readSettings(other.Run, text); err != nil {
		return err
	}
	taken, err := o.Store.RecoverBatch(ctx, other.BatchRef, other.Policy, o.Destination.lease())
	if err != nil {
		return err
	}
	b.attempt = taken.Attempt
	b.mark(taken.Rows, unsent)
	if _, err := b.recover(ctx, taken); err != nil {
		return errors.Join(err, b.leave(context.WithoutCancel(ctx)))
	}
	if _, err = b.finish(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	ended, err := o.Store.Run(ctx, other.Run)
	if err != nil || !ended.Over() {
		return err
	}
	return o.Store.Purge(ctx, other.Run) // which its end had to leave
}
