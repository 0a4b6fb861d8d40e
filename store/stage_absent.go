package store

import (
	"context"
	"database/sql"
	"errors"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// absentRange is how many ledger rows one transaction of StageAbsent looks at.
const absentRange = 10000

// endOfLedger is greater than every contact.
const endOfLedger = "~"

// StageAbsent stages an exit for each contact that is realized by the ledger, last exported before
// the source's asOf, and named by no row of the run, not even by an excluded one. In ranges;
// idempotent; gives the number of absent contacts. Call it after FinishStaging and before Plan.
func (s *Store) StageAbsent(ctx context.Context, run string, p Policy) (int64, error) {
	if _, err := s.planned(ctx, run, p); err != nil {
		return 0, err
	}
	for {
		done, absent, err := s.stageAbsentRange(ctx, run, p)
		if err != nil || done {
			return absent, err
		}
	}
}

func (s *Store) stageAbsentRange(ctx context.Context, run string, p Policy) (done bool, absent int64, err error) {
	err = s.db.Update(ctx, func(t *sqldb.Tx) error {
		var asOf sql.NullInt64
		var cursor string
		var finished, staged int64
		_, err := t.QueryOne(ctx, t.ForUpdate(`SELECT as_of, absent_cursor, absent_done, absent, staging_done FROM runs WHERE run = ?`), []any{run},
			&asOf, &cursor, &finished, &absent, &staged)
		switch {
		case err != nil:
			return err
		case finished != 0:
			done = true
			return nil
		case !asOf.Valid || staged == 0:
			return errors.New("exits by absence need a pinned source that is staged to its end")
		}
		candidates, end, err := realizedBefore(ctx, t, p, cursor, asOf.Int64)
		if err != nil {
			return err
		}
		rows, err := absentRows(ctx, t, run, candidates, asOf.Int64)
		if err != nil {
			return err
		}
		if err := s.AddPages(ctx, t, run, rows); err != nil {
			return err
		}
		done = end == endOfLedger
		absent += int64(len(rows))
		_, err = t.Exec(ctx, `UPDATE runs SET absent_cursor = ?, absent_done = ?, absent = ? WHERE run = ?`, end, sqldb.Bit(done), absent, run)
		return err
	})
	return done, absent, err
}

// exportedAt is a contact of a ledger and when it qualified.
type exportedAt struct {
	contact     string
	qualifiedAt int64
}

// realizedBefore lists, of the next ledger rows after a contact, those that are realized and were
// exported before a time. end is the last one looked at, endOfLedger when there are no more.
func realizedBefore(ctx context.Context, t *sqldb.Tx, p Policy, after string, asOf int64) (candidates []exportedAt, end string, err error) {
	n := 0
	end = endOfLedger
	err = ledger.EachStatus(ctx, t, p.Destination, p.StatusColumn, after, func(contact string, e *ledger.Status) bool {
		if e.Realized() && e.Key.AsOf < asOf {
			candidates = append(candidates, exportedAt{contact, e.Key.QualifiedAt})
		}
		if n++; n == absentRange {
			end = contact
		}
		return n < absentRange
	})
	return candidates, end, err
}

// absentRows gives rows for those of the contacts that no row of the run names, not even a rejected
// one.
func absentRows(ctx context.Context, t *sqldb.Tx, run string, candidates []exportedAt, asOf int64) ([]staging.StoredRow, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	contacts := make([]string, len(candidates))
	for i, c := range candidates {
		contacts[i] = c.contact
	}
	named, err := staging.Named(ctx, t, run, contacts)
	if err != nil {
		return nil, err
	}
	var rows []staging.StoredRow
	for _, c := range candidates {
		if !named[c.contact] {
			rows = append(rows, staging.StoredRow{Absent: true, Row: &staging.Row{Contact: c.contact, Exited: true, QualifiedAt: sqldb.FromMicros(c.qualifiedAt),
				AsOf: sqldb.FromMicros(asOf), Attributes: []byte(ledger.EmptyAttributes)}})
		}
	}
	return rows, nil
}
