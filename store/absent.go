package store

import (
	"context"
	"database/sql"
	"errors"
)

// absentRange is how many ledger rows one transaction of StageAbsent looks at; three look-ups each.
const absentRange = 10000

const (
	absentEnd = `SELECT contact FROM exported_status WHERE destination = ? AND column_name = ? AND contact > ? ORDER BY contact LIMIT 1 OFFSET ?`

	stageAbsent = `INSERT INTO staged (run, contact, position, line, exited, qualified_at, as_of, absent, attributes)
	SELECT CAST(? AS TEXT), e.contact, 0, 0, 1, e.qualified_at, CAST(? AS BIGINT), 1, '{}' FROM exported_status e
	WHERE e.destination = ? AND e.column_name = ? AND e.contact > ? AND e.contact <= ?
	AND e.exported = 1 AND e.exited = 0 AND e.as_of < ?
	AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.run = ? AND s.contact = e.contact LIMIT 1 OFFSET 0)
	AND NOT EXISTS (SELECT 1 FROM rejected r WHERE r.run = ? AND r.contact = e.contact LIMIT 1 OFFSET 0)
	ON CONFLICT DO NOTHING`
)

// StageAbsent stages an exit for each contact that is realized by the ledger, last exported before the source's asOf, and named by
// no row of the run, not even by an excluded one. In ranges; idempotent; gives the number of absent contacts. Call it after
// FinishStaging and before Plan.
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
	err = s.update(ctx, func(t *tx) error {
		var asOf sql.NullInt64
		var cursor string
		var finished, staged int64
		_, err := t.one(ctx, t.held(`SELECT as_of, absent_cursor, absent_done, absent, staging_done FROM runs WHERE run = ?`), []any{run},
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
		end := lastContact
		more, err := t.one(ctx, absentEnd, []any{p.Destination, p.StatusColumn, cursor, absentRange - 1}, &end)
		if err != nil {
			return err
		}
		n, err := t.exec(ctx, stageAbsent, run, asOf.Int64, p.Destination, p.StatusColumn, cursor, end, asOf.Int64, run, run)
		if err != nil {
			return err
		}
		done = !more
		absent += n
		_, err = t.exec(ctx, `UPDATE runs SET absent_cursor = ?, absent_done = ?, absent = ? WHERE run = ?`, end, bit(done), absent, run)
		return err
	})
	return done, absent, err
}
