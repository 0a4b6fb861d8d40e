package store

import (
	"context"
	"database/sql"
	"strings"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// The numbers of a page's rows. They are written with the rows' outcomes, so that a run's numbers are a sum over its pages.
const (
	nStaged = iota
	nLosers
	nAbsent
	nUndecided
	nToRead
	nPendingRealized
	nPendingExited
	nRealized // activated
	nExited   // activated
	nUnchanged
	nSuperseded
	nFailed
	nWarnings // of rows activated or unchanged
	nPendingWarnings
	nToSend     // pending when they were planned, whatever has become of them since
	nExits      // of nToSend
	nTurning    // of nExits: realized by the ledger
	nOverwrites // of nToSend
	nSentUnchanged
	nSentSuperseded
	nSentFailed
	nSentNotFound // of nSentFailed
	nSentWarnings
	numberCount
)

// numberColumns are their columns, in that order.
var numberColumns = [numberCount]string{"staged", "losers", "absent", "undecided", "to_read", "pending_realized", "pending_exited", "realized", "exited",
	"unchanged", "superseded", "failed", "warnings", "pending_warnings", "to_send", "exits", "turning", "overwrites",
	"sent_unchanged", "sent_superseded", "sent_failed", "sent_not_found", "sent_warnings"}

type pageNumbers [numberCount]int64

func (n *pageNumbers) pending() int64   { return n[nPendingRealized] + n[nPendingExited] }
func (n *pageNumbers) activated() int64 { return n[nRealized] + n[nExited] }

// into gives where to scan them to.
func (n *pageNumbers) into() []any {
	places := make([]any, numberCount)
	for i := range n {
		places[i] = &n[i]
	}
	return places
}

var sumOutcomes = `SELECT CAST(coalesce(sum(` + strings.Join(numberColumns[:], `), 0) AS BIGINT), CAST(coalesce(sum(`) + `), 0) AS BIGINT) FROM outcomes WHERE run = ?`

// Sum adds up the numbers of all pages of a run.
func (s *Staging) Sum(ctx context.Context, run string) (pageNumbers, error) {
	var n pageNumbers
	_, err := s.db.QueryOne(ctx, sumOutcomes, []any{run}, n.into()...)
	return n, err
}

var allNumbers = `o.` + strings.Join(numberColumns[:], `, o.`)

// scanNumbers reads a number and allNumbers.
func scanNumbers(rows *sql.Rows) (of int, n pageNumbers, err error) {
	err = rows.Scan(append([]any{&of}, n.into()...)...)
	return of, n, err
}

// count says how many rows are what.
func (p *page) count() pageNumbers {
	var n pageNumbers
	for i := range p.rows {
		p.rows[i].countInto(&n)
	}
	return n
}

func (r *pageRow) countInto(n *pageNumbers) {
	if r.outcome == outcomeMoved {
		return
	}
	n[nStaged]++
	n[nLosers] += r.losers
	n[nAbsent] += sqldb.Bit(r.absent)
	exited, warnings := sqldb.Bit(r.Exited), int64(r.Warnings)
	switch r.outcome {
	case outcomeUndecided:
		n[nUndecided]++
	case runs.OutcomeRead:
		n[nToRead]++
	case runs.OutcomePending:
		n[nPendingRealized] += 1 - exited
		n[nPendingExited] += exited
		n[nPendingWarnings] += warnings
	case runs.OutcomeActivated:
		n[nRealized] += 1 - exited
		n[nExited] += exited
		n[nWarnings] += warnings
	case runs.OutcomeUnchanged:
		n[nUnchanged]++
		n[nWarnings] += warnings
	case runs.OutcomeSuperseded:
		n[nSuperseded]++
	case runs.OutcomeFailed:
		n[nFailed]++
	}
	if r.toSend {
		r.countSent(n)
	}
}

// countSent counts a row that was to be sent.
func (r *pageRow) countSent(n *pageNumbers) {
	n[nToSend]++
	n[nExits] += sqldb.Bit(r.Exited)
	n[nTurning] += sqldb.Bit(r.turning)
	n[nOverwrites] += sqldb.Bit(r.overwrites)
	switch r.outcome {
	case runs.OutcomeActivated:
		n[nSentWarnings] += int64(r.Warnings)
	case runs.OutcomeUnchanged:
		n[nSentUnchanged]++
		n[nSentWarnings] += int64(r.Warnings)
	case runs.OutcomeSuperseded:
		n[nSentSuperseded]++
	case runs.OutcomeFailed:
		n[nSentFailed]++
		n[nSentNotFound] += sqldb.Bit(r.notFound)
	}
}
