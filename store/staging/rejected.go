package staging

import (
	"context"
	"database/sql"
	"fmt"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// rejectRows adds failed rows; a row that fails again tells of its latest failure.
var rejectRows = sqldb.NewBulkInsert(`INSERT INTO rejected (run, position, contact, line, record, outcome, reason, column_name, code, text, request_id, rejected_at, page, batch)`, 14,
	`ON CONFLICT (run, position, contact) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, column_name = excluded.column_name,
	code = excluded.code, text = excluded.text, request_id = excluded.request_id, rejected_at = excluded.rejected_at,
	page = excluded.page, batch = excluded.batch`)

const selectRejected = `SELECT position, line, record, contact, outcome, reason, column_name, code, text, request_id, rejected_at, state FROM rejected
	WHERE run = ? AND (position, contact) > (?, ?)`

// Rejected lists excluded and failed rows of a run in the order of the source.
func (s *Staging) Rejected(ctx context.Context, run string, q RejectedQuery) ([]Rejected, error) {
	query, args := selectRejected, []any{run, q.AfterPosition, q.AfterContact}
	if q.AfterPosition == 0 && q.AfterContact == "" {
		args[1] = int64(-1) // exits by absence stand at position 0
	}
	if q.Outcome != "" {
		query += " AND outcome = ?"
		args = append(args, q.Outcome)
	}
	if q.State != "" {
		query += " AND state = ?"
		args = append(args, q.State)
	}
	limit := q.Limit
	if limit <= 0 {
		limit = DefaultRejected
	}
	var all []Rejected
	err := s.db.QueryEach(ctx, query+" ORDER BY position, contact LIMIT ?", append(args, limit), func(rows *sql.Rows) error {
		r := Rejected{Run: run}
		var at int64
		err := rows.Scan(&r.Position, &r.Line, &r.Record, &r.Contact, &r.Outcome, &r.Reason, &r.Column, &r.Code, &r.Text, &r.RequestID, &at, &r.State)
		r.At = sqldb.FromMicros(at)
		all = append(all, r)
		return err
	})
	return all, err
}

// FailedRows gives the staged rows of failed contacts whose rejection is still kept, in contact
// order after the given contact: what a replay stages again.
func (s *Staging) FailedRows(ctx context.Context, run, after string, limit int) ([]Row, error) {
	places := map[int][]string{}
	var contacts []string
	err := s.db.QueryEach(ctx, keptAfter, []any{run, after, limit}, func(rows *sql.Rows) error {
		var contact string
		var page int
		err := rows.Scan(&contact, &page)
		places[page] = append(places[page], contact)
		contacts = append(contacts, contact)
		return err
	})
	if err != nil {
		return nil, err
	}
	staged := make(map[string]Row, len(contacts))
	for number, failed := range places {
		p, err := ReadPage(ctx, s.db.Reader(), run, number)
		if err != nil {
			return nil, sqldb.Explain(err)
		}
		for _, contact := range failed {
			if r := p.Find(contact); r != nil && r.Is(runs.OutcomeFailed) {
				staged[contact] = *r.Row
			}
		}
	}
	all := make([]Row, 0, len(staged))
	for _, contact := range contacts {
		if row, found := staged[contact]; found {
			all = append(all, row)
		}
	}
	return all, nil
}

const keptAfter = `SELECT contact, page FROM rejected WHERE run = ? AND contact > ? AND page > 0 AND outcome = 'failed' AND state = 'kept' ORDER BY contact LIMIT ?`

// SetRejectedState says what became of failed rows: RejectedSent, RejectedDismissed or
// RejectedSuperseded. Only rows that are still kept change; no contacts: all of them. Gives how
// many changed. Staged values of rows no longer kept go with the next Purge.
func (s *Staging) SetRejectedState(ctx context.Context, run, state string, contacts []string) (int64, error) {
	switch state {
	case RejectedSent, RejectedDismissed, RejectedSuperseded:
	default:
		return 0, fmt.Errorf("%q is no state that a rejected row can change to", state)
	}
	const set = `UPDATE rejected SET state = ? WHERE run = ? AND outcome = 'failed' AND state = 'kept'`
	var changed int64
	err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
		if len(contacts) == 0 {
			changed, err = t.Exec(ctx, set, state, run)
			return err
		}
		changed, err = t.ExecList(ctx, set+" AND contact IN (*)", []any{state, run}, contacts)
		return err
	})
	return changed, err
}

const countReasons = `SELECT outcome, reason, count(*) FROM rejected WHERE run = ? GROUP BY outcome, reason`

// CountReasons counts the rejected rows of a run by reason, and says how many of them were
// excluded.
func (s *Staging) CountReasons(ctx context.Context, run string, into map[string]int64) (excluded int64, err error) {
	err = s.db.QueryEach(ctx, countReasons, []any{run}, func(rows *sql.Rows) error {
		var outcome, reason string
		var n int64
		err := rows.Scan(&outcome, &reason, &n)
		into[reason] += n
		if outcome == runs.OutcomeExcluded {
			excluded += n
		}
		return err
	})
	return excluded, err
}

const reasonsOfBatch = `SELECT reason, count(*) FROM rejected WHERE run = ? AND page > 0
	AND page = ? AND batch = ? AND outcome = 'failed' GROUP BY reason`

// CountReasonsOfBatch counts the rows that the batch of a page has failed, by reason.
func (s *Staging) CountReasonsOfBatch(ctx context.Context, run string, page, batch int, into map[string]int64) error {
	return s.db.QueryEach(ctx, reasonsOfBatch, []any{run, page, batch}, func(rows *sql.Rows) error {
		var reason string
		var count int64
		err := rows.Scan(&reason, &count)
		into[reason] = count
		return err
	})
}
