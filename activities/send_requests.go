package activities

import (
	"context"
	"maps"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store"
	"audienceflow/store/staging"
)

// bookWithin bounds how long an answer waits for those to the batch's other requests before it is
// booked: what is not booked would have to be read back after a crash.
const bookWithin = time.Second

// sendMargin is how long a request may be under way to Dynamics after it has left this host.
const sendMargin = 2 * time.Second

// answer is what became of rows that were sent.
type answer struct {
	written, refused, unknown []store.TakenRow
	failed                    []staging.Failure
	sent                      time.Time // when the last of the unknown ones were
	failing                   []store.TakenRow
	alone                     map[string]dynamics.RowResult // of contacts that failed, or whose answer was lost, on their own
	err                       error
}

// request sends rows in one request.
func (b *batch) request(ctx context.Context, ask request) answer {
	rows := ask.rows
	updates, columns := make([]dynamics.Update, len(rows)), b.settings.byName()
	for i, row := range rows {
		update, err := updateOf(row, columns)
		if err != nil {
			return answer{err: err}
		}
		updates[i] = update
	}
	update := b.o.Destination.Client.Update
	if ask.apart {
		update = b.o.Destination.Client.UpdateApart
	}
	began := time.Now()
	results, err := update(ctx, updates)
	a := answer{err: err, written: make([]store.TakenRow, 0, len(rows)), alone: map[string]dynamics.RowResult{}}
	for i, result := range results {
		if result.Alone {
			a.alone[rows[i].Contact] = result
		}
		switch result.State {
		case dynamics.RowWritten:
			a.written = append(a.written, rows[i])
		case dynamics.RowRejected:
			a.refused = append(a.refused, rows[i])
			a.failed = append(a.failed, failureOf(rows[i].Contact, result))
		case dynamics.RowUnknown:
			a.unknown = append(a.unknown, rows[i])
			if result.Sent.After(a.sent) {
				a.sent = result.Sent
			}
		case dynamics.RowFailed:
			a.failing = append(a.failing, rows[i])
		}
	}
	b.trials.began(b.ref, a.failing, began)
	b.trials.began(b.ref, a.unknown, began)
	if len(a.written) > 0 {
		b.trials.wrote()
	}
	b.mark(a.unknown, open)
	b.mark(a.written, open) // until they are booked
	b.mark(a.refused, open)
	if len(a.unknown) > 0 {
		a.err = nil // their being looked up again is the answer to it
	}
	return a
}

// gather waits for the answers to all requests. It books those that others are waited for longer
// than bookWithin, and leaves the last to the end of the attempt, which is a transaction anyway. It
// returns the rows of unknown fate, or the first error.
func (b *batch) gather(ctx context.Context, requests int, answers <-chan answer) (unknown answer, err error) {
	ticker := time.NewTicker(bookWithin)
	defer ticker.Stop()
	all := &b.answered
	unknown.alone = map[string]dynamics.RowResult{}
	for ; requests > 0; requests-- {
		select {
		case a := <-answers:
			all.written, all.refused = append(all.written, a.written...), append(all.refused, a.refused...)
			all.failed = append(all.failed, a.failed...)
			unknown.failing = append(unknown.failing, a.failing...)
			maps.Copy(unknown.alone, a.alone)
			if len(a.unknown) > 0 {
				if a.sent.IsZero() {
					a.sent = time.Now() // or earlier
				}
				unknown.unknown = append(unknown.unknown, a.unknown...)
				lasts := b.o.Destination.requestLasts()
				b.inDoubt(a.sent.Add(lasts + min(lasts, sendMargin)))
			}
			if err == nil {
				err = a.err
			}
		case <-ticker.C:
			requests++
			if bookErr := b.book(ctx); err == nil {
				err = bookErr
			}
		}
	}
	b.judge(ctx, unknown.failing, unknown.alone)
	return unknown, err
}

// book books what was written and refused, also when ctx has ended.
func (b *batch) book(ctx context.Context) error {
	if len(b.answered.written)+len(b.answered.failed) == 0 {
		return nil
	}
	if err := b.o.Store.Book(context.WithoutCancel(ctx), b.ref, b.attempt, b.booking(b.answered)); err != nil {
		return err
	}
	b.o.observer().Sent(len(b.answered.written), len(b.answered.failed))
	b.mark(b.answered.written, booked)
	b.mark(b.answered.refused, booked)
	b.answered = answer{}
	return nil
}

func (b *batch) booking(a answer) store.Booking {
	return store.Booking{Written: a.written, Failed: a.failed, Counted: b.counted.Granted > 0}
}
