package activities

import (
	"context"
	"time"

	"audienceflow/runs"
	"audienceflow/store"
)

// dailyRows tells how rows to be sent fit into the destination's budget; nil where it has none.
func (o Options) dailyRows(ctx context.Context, toSend int64) (*runs.DailyRows, error) {
	limit := o.Destination.DailyRows
	if limit <= 0 {
		return nil, nil
	}
	used, err := o.Store.SentRows(ctx, o.Destination.Name)
	if err != nil {
		return nil, err
	}
	d := &runs.DailyRows{Limit: limit, Used: used, Left: max(0, limit-used), ToSend: toSend}
	if toSend <= d.Left {
		return d, nil
	}
	until, err := o.Store.BudgetFree(ctx, o.Destination.Name, min(toSend, limit), limit)
	if err != nil {
		return nil, err
	}
	if d.Left > 0 && toSend > limit { // the first portion goes at once, and has to be a day old before as much goes again
		until = time.Now().UTC().Add(24 * time.Hour)
	}
	days := (toSend - d.Left - 1) / limit // whole budgets that have to pass beyond the first wait
	d.Until, d.WaitMinutes = &until, (max(0, time.Until(until)) + time.Duration(days)*24*time.Hour).Minutes()
	return d, nil
}

// allow counts rows as sent, as far as the destination's daily budget goes, and returns those that
// may be sent now. Whoever approved that the run goes over it is not held.
func (b *batch) allow(ctx context.Context, rows []store.TakenRow) ([]store.TakenRow, error) {
	if len(rows) == 0 {
		return rows, nil
	}
	limit := b.o.Destination.DailyRows
	if limit <= 0 || b.overBudget {
		return rows, nil // they are counted when they are booked
	}
	sent, err := b.o.Store.CountSent(ctx, b.o.Destination.Name, int64(len(rows)), limit)
	if err != nil {
		return nil, err
	}
	b.counted, b.allowed = sent, rows[:sent.Granted]
	b.short = sent.Granted < int64(len(rows))
	return b.allowed, nil
}

// uncount takes back what was allowed and not sent.
func (b *batch) uncount(ctx context.Context) error {
	var unused int64
	for _, row := range b.allowed {
		if b.fates[row.Contact] == unsent {
			unused++
		}
	}
	b.allowed = nil
	if unused == 0 {
		return nil
	}
	return b.o.Store.UncountSent(ctx, b.o.Destination.Name, b.counted.Minute, unused)
}

// shortage tells, of a batch that could not be sent whole for the daily budget, when the run may go
// on.
func (b *batch) shortage(ctx context.Context) (*runs.DailyRows, error) {
	if !b.short {
		return nil, nil
	}
	counts, err := b.o.Store.Counts(ctx, b.ref.Run)
	if err != nil {
		return nil, err
	}
	return b.o.dailyRows(ctx, counts.Pending)
}
