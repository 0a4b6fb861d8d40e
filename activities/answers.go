package activities

import (
	"context"
	"time"

	"audienceflow/dynamics"
	"audienceflow/store"
)

// bookWithin bounds how long an answer waits for those to the batch's other requests before it is booked: what is not booked
// would have to be read back after a crash.
const bookWithin = time.Second

// answer is what became of rows that were sent.
type answer struct {
	written, refused, unknown []store.TakenRow
	failed                    []store.Failure
	settle                    time.Duration // how long to wait for the effect of the unknown ones
	err                       error
}

// request sends rows in one request.
func (b *batch) request(ctx context.Context, rows []store.TakenRow) answer {
	updates := make([]dynamics.Update, len(rows))
	for i, row := range rows {
		update, err := b.update(row)
		if err != nil {
			return answer{err: err}
		}
		updates[i] = update
	}
	results, err := b.o.Destination.Client.Update(ctx, updates)
	a := answer{err: err, written: make([]store.TakenRow, 0, len(rows))}
	for i, result := range results {
		switch result.State {
		case dynamics.RowWritten:
			a.written = append(a.written, rows[i])
		case dynamics.RowRejected:
			a.refused = append(a.refused, rows[i])
			a.failed = append(a.failed, failureOf(rows[i].Contact, result))
		case dynamics.RowUnknown:
			a.unknown = append(a.unknown, rows[i])
		}
	}
	b.mark(a.unknown, open)
	b.mark(a.written, open) // until they are booked
	if len(a.unknown) > 0 {
		a.settle, a.err = b.settleTime(err), nil // their being looked up again is the answer to it
	}
	return a
}

// gather waits for the answers to all requests and books them, as far as it can all at once: each booking costs a
// transaction. What has been answered does not wait for more than bookWithin. It returns the rows of unknown fate, or the
// errors that have occurred.
func (b *batch) gather(ctx context.Context, requests int, answers <-chan answer) (all answer, err error) {
	ticker := time.NewTicker(bookWithin)
	defer ticker.Stop()
	var problems []error
	for requests > 0 {
		select {
		case a := <-answers:
			requests--
			all.written, all.refused = append(all.written, a.written...), append(all.refused, a.refused...)
			all.failed, all.unknown = append(all.failed, a.failed...), append(all.unknown, a.unknown...)
			all.settle = max(all.settle, a.settle)
			problems = append(problems, a.err)
			if requests > 0 {
				continue
			}
		case <-ticker.C:
		}
		problems = append(problems, b.book(ctx, &all))
	}
	for _, err := range problems {
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// book books what was written and refused, also when ctx has ended.
func (b *batch) book(ctx context.Context, a *answer) error {
	if len(a.written)+len(a.failed) == 0 {
		return nil
	}
	if err := b.o.Store.Book(context.WithoutCancel(ctx), b.ref, b.attempt, a.written, a.failed); err != nil {
		return err
	}
	b.mark(a.written, booked)
	b.mark(a.refused, booked)
	a.written, a.refused, a.failed = nil, nil, nil
	return nil
}
