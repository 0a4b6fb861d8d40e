package staging

import (
	"context"
	"math"

	"audienceflow/store/sqldb"
)

// foldRange is how many rejected rows one transaction of folding takes.
const foldRange = 5000

const (
	supersedeRejected = `UPDATE rejected SET state = 'superseded' WHERE run = ? AND outcome = 'failed' AND state = 'kept' AND contact IN (*)`

	supersededPages = `SELECT DISTINCT page FROM rejected WHERE run = ? AND page > 0 AND outcome = 'failed' AND state = 'kept' AND contact IN (*)`

	rejectedEnd = `SELECT position FROM rejected WHERE run = ? ORDER BY position, contact LIMIT 1 OFFSET ?`

	foldRejected = `INSERT INTO rejected (run, position, contact, line, record, outcome, reason, column_name, code, text, request_id, rejected_at, state, page, batch)
	SELECT CAST(? AS TEXT), position, contact, line, record, outcome, reason, column_name, code, text, request_id, rejected_at, state,
	CASE WHEN page > 0 THEN page + CAST(? AS BIGINT) ELSE 0 END, batch FROM rejected WHERE run = ? AND position <= ?
	ON CONFLICT DO NOTHING`

	dropRejected = `DELETE FROM rejected WHERE run = ? AND position <= ?`

	foldStaged   = `UPDATE staged SET run = ?, page = page + ? WHERE run = ?`
	foldOutcomes = `UPDATE outcomes SET run = ?, page = page + ? WHERE run = ?`
)

// Supersede says of the failed rows of a run that others of the same contacts have taken their
// place; what was kept of them for a replay goes.
func Supersede(ctx context.Context, t *sqldb.Tx, run string, contacts []string) error {
	var older []int
	err := t.QueryList(ctx, supersededPages, []any{run}, contacts, sqldb.Column(&older))
	if err != nil {
		return err
	}
	if _, err := t.ExecList(ctx, supersedeRejected, []any{run}, contacts); err != nil {
		return err
	}
	for _, number := range older {
		kept, err := ReadPage(ctx, t, run, number)
		if err != nil {
			return err
		}
		if err := Compact(ctx, t, kept); err != nil {
			return err
		}
	}
	return nil
}

// FoldRejected makes the rejected rows of a run another's. Their pages follow those that the other
// has, which must not get more before Fold. In ranges; resumable; attempts at once follow one
// another.
func (s *Staging) FoldRejected(ctx context.Context, run, into string) error {
	for more := true; more; {
		err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
			if _, _, err := Lock(ctx, t, run); err != nil {
				return err
			}
			end := int64(math.MaxInt64)
			if more, err = t.QueryOne(ctx, rejectedEnd, []any{run, foldRange - 1}, &end); err != nil {
				return err
			}
			last, err := LastPage(ctx, t, into)
			if err != nil {
				return err
			}
			if _, err = t.Exec(ctx, foldRejected, into, last, run, end); err != nil {
				return err
			}
			_, err = t.Exec(ctx, dropRejected, run, end)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Fold makes what a run has left, its rejected rows aside, another's.
func Fold(ctx context.Context, t *sqldb.Tx, run, into string) error {
	last, err := LastPage(ctx, t, into)
	if err != nil {
		return err
	}
	for _, query := range []string{foldStaged, foldOutcomes} {
		if _, err := t.Exec(ctx, query, into, last, run); err != nil {
			return err
		}
	}
	if err := moveWarnings(ctx, t, run, into); err != nil {
		return err
	}
	return DropRest(ctx, t, run)
}
