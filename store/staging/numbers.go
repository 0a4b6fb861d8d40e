package staging

import (
	"context"
	"strings"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// Numbers are the numbers of a page's rows. They are written with the rows' outcomes, so that a
// run's numbers are a sum over its pages.
type Numbers struct {
	Staged          int64
	Losers          int64
	Absent          int64
	Undecided       int64
	ToRead          int64
	PendingRealized int64
	PendingExited   int64
	Realized        int64 // activated
	Exited          int64 // activated
	Unchanged       int64
	Superseded      int64
	Failed          int64
	Warnings        int64 // of rows activated or unchanged
	PendingWarnings int64
	ToSend          int64 // pending when they were planned, whatever has become of them since
	Exits           int64 // of ToSend
	Turning         int64 // of Exits: realized by the ledger
	Overwrites      int64 // of ToSend
	SentUnchanged   int64
	SentSuperseded  int64
	SentFailed      int64
	SentNotFound    int64 // of SentFailed
	SentWarnings    int64
	HeldBack        int64 // of rows activated or unchanged: with a value older than what was kept
	PendingHeldBack int64
	SentHeldBack    int64
}

// numberColumns are their columns, in that order.
var numberColumns = [...]string{
	"staged", "losers", "absent", "undecided", "to_read", "pending_realized", "pending_exited", "realized", "exited",
	"unchanged", "superseded", "failed", "warnings", "pending_warnings", "to_send", "exits", "turning", "overwrites",
	"sent_unchanged", "sent_superseded", "sent_failed", "sent_not_found", "sent_warnings",
	"held_back", "pending_held_back", "sent_held_back",
}

const numberCount = len(numberColumns)

// fields are the numbers in the order of their columns.
func (n *Numbers) fields() [numberCount]*int64 {
	return [...]*int64{
		&n.Staged, &n.Losers, &n.Absent, &n.Undecided, &n.ToRead, &n.PendingRealized, &n.PendingExited, &n.Realized, &n.Exited,
		&n.Unchanged, &n.Superseded, &n.Failed, &n.Warnings, &n.PendingWarnings, &n.ToSend, &n.Exits, &n.Turning, &n.Overwrites,
		&n.SentUnchanged, &n.SentSuperseded, &n.SentFailed, &n.SentNotFound, &n.SentWarnings,
		&n.HeldBack, &n.PendingHeldBack, &n.SentHeldBack,
	}
}

// Pending are the rows still to be sent.
func (n *Numbers) Pending() int64 { return n.PendingRealized + n.PendingExited }

// Activated are the rows that Dynamics has accepted.
func (n *Numbers) Activated() int64 { return n.Realized + n.Exited }

// Into gives where to scan them to.
func (n *Numbers) Into() []any {
	places := make([]any, 0, numberCount)
	for _, field := range n.fields() {
		places = append(places, field)
	}
	return places
}

var sumOutcomes = `SELECT CAST(coalesce(sum(` + strings.Join(numberColumns[:], `), 0) AS BIGINT), CAST(coalesce(sum(`) + `), 0) AS BIGINT) FROM outcomes WHERE run = ?`

// Sum adds up the numbers of all pages of a run.
func (s *Staging) Sum(ctx context.Context, run string) (Numbers, error) {
	var n Numbers
	_, err := s.db.QueryOne(ctx, sumOutcomes, []any{run}, n.Into()...)
	return n, err
}

// countBlocks is for a run whose staging has not ended: its rows are not yet compared with one
// another.
const countBlocks = `SELECT CAST(coalesce(sum(rows), 0) AS BIGINT), CAST(coalesce(sum(losers), 0) AS BIGINT) FROM staged_blocks WHERE run = ?`

// CountBlocks counts the rows of a run whose staging has not ended, and those that others of their
// chunk have overtaken.
func (s *Staging) CountBlocks(ctx context.Context, run string) (rows, losers int64, err error) {
	_, err = s.db.QueryOne(ctx, countBlocks, []any{run}, &rows, &losers)
	return rows, losers, err
}

// NumberColumns selects the numbers of pages, in a query of `outcomes o`; see pageNumbers.into.
var NumberColumns = `o.` + strings.Join(numberColumns[:], `, o.`)

// Count says how many rows are what.
func (p *Page) Count() Numbers {
	var n Numbers
	for i := range p.Rows {
		p.Rows[i].countInto(&n)
	}
	return n
}

func (r *PageRow) countInto(n *Numbers) {
	if r.Outcome == OutcomeMoved {
		return
	}
	n.Staged++
	n.Losers += r.losers
	n.Absent += sqldb.Bit(r.Absent)
	exited, warnings, heldBack := sqldb.Bit(r.Exited), int64(r.Warnings), sqldb.Bit(r.HeldBack)
	switch r.Outcome {
	case OutcomeUndecided:
		n.Undecided++
	case runs.OutcomeRead:
		n.ToRead++
	case runs.OutcomePending:
		n.PendingRealized += 1 - exited
		n.PendingExited += exited
		n.PendingWarnings += warnings
		n.PendingHeldBack += heldBack
	case runs.OutcomeActivated:
		n.Realized += 1 - exited
		n.Exited += exited
		n.Warnings += warnings
		n.HeldBack += heldBack
	case runs.OutcomeUnchanged:
		n.Unchanged++
		n.Warnings += warnings
		n.HeldBack += heldBack
	case runs.OutcomeSuperseded:
		n.Superseded++
	case runs.OutcomeFailed:
		n.Failed++
	}
	if r.ToSend {
		r.countSent(n)
	}
}

// countSent counts a row that was to be sent.
func (r *PageRow) countSent(n *Numbers) {
	n.ToSend++
	n.Exits += sqldb.Bit(r.Exited)
	n.Turning += sqldb.Bit(r.Turning)
	n.Overwrites += sqldb.Bit(r.Overwrites)
	switch r.Outcome {
	case runs.OutcomeActivated:
		n.SentWarnings += int64(r.Warnings)
		n.SentHeldBack += sqldb.Bit(r.HeldBack)
	case runs.OutcomeUnchanged:
		n.SentUnchanged++
		n.SentWarnings += int64(r.Warnings)
		n.SentHeldBack += sqldb.Bit(r.HeldBack)
	case runs.OutcomeSuperseded:
		n.SentSuperseded++
	case runs.OutcomeFailed:
		n.SentFailed++
		n.SentNotFound += sqldb.Bit(r.NotFound)
	}
}
