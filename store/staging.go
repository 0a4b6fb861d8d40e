package store

import (
	"context"
	"fmt"
)

// emptyAttributes is what a row without mapped values stages.
const emptyAttributes = "{}"

// wins tells, in SQL, whether a row that comes to be staged overtakes the one staged for the same contact.
const wins = `(excluded.qualified_at, excluded.exited, excluded.as_of, excluded.position) > (staged.qualified_at, staged.exited, staged.as_of, staged.position)`

// stageRows adds rows; of two rows of a contact the later qualification stays, and the other one is counted.
var stageRows = newManyRows(`INSERT INTO staged (run, contact, position, line, exited, qualified_at, as_of, absent, attributes, warnings,
	bad_column, bad_reason, word_mode, word, losers)`, 15, `ON CONFLICT (run, contact) DO UPDATE SET losers = staged.losers + excluded.losers + 1,`+
	latest("position", "line", "exited", "qualified_at", "as_of", "absent", "attributes", "warnings", "bad_column", "bad_reason", "word_mode", "word"))

func latest(columns ...string) string {
	text := ""
	for i, column := range columns {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s = CASE WHEN %s THEN excluded.%s ELSE staged.%s END", column, wins, column, column)
	}
	return text
}

var excludeRows = newManyRows(`INSERT INTO rejected (run, position, contact, line, outcome, reason, rejected_at)`, 7, `ON CONFLICT DO NOTHING`)

// Stage adds a chunk in one transaction, cursor included. A chunk at or below the cursor is a no-op; one that leaves a gap, or
// that overlaps the cursor, is an error: go on from StagedPosition.
func (s *Store) Stage(ctx context.Context, run string, c Chunk) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	rows := newest(c.Rows)
	return s.update(ctx, func(t *tx) error {
		at, done, err := t.cursor(ctx, run)
		if err != nil {
			return err
		}
		if c.To <= at {
			return nil
		}
		if c.From != at || done {
			return fmt.Errorf("staging stands at record %d (finished: %t), a chunk of records %d to %d does not follow", at, done, c.From+1, c.To)
		}
		if err := t.insert(ctx, stageRows, rows.args(run)); err != nil {
			return err
		}
		excluded := make([]any, 0, len(c.Excluded)*excludeRows.width)
		for _, e := range c.Excluded {
			excluded = append(excluded, run, e.Position, e.Contact, e.Line, OutcomeExcluded, e.Reason, micros(now))
		}
		if err := t.insert(ctx, excludeRows, excluded); err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE runs SET staged_position = ?, ignored = ignored + ? WHERE run = ?`, c.To, c.Ignored, run)
		return err
	})
}

// StagedPosition gives the position up to which the source is staged, and whether staging is finished.
func (s *Store) StagedPosition(ctx context.Context, run string) (position int64, done bool, err error) {
	r, err := s.Run(ctx, run)
	return r.StagedPosition, r.StagingDone, err
}

// FinishStaging says that the whole source is staged. Idempotent.
func (s *Store) FinishStaging(ctx context.Context, run string) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE runs SET staging_done = 1 WHERE run = ?`, run)
		return err
	})
}

func (t *tx) cursor(ctx context.Context, run string) (position int64, done bool, err error) {
	var finished int64
	found, err := t.one(ctx, `SELECT staged_position, staging_done FROM runs WHERE run = ?`, []any{run}, &position, &finished)
	if err == nil && !found {
		err = ErrNoRun
	}
	return position, finished != 0, err
}

// survivors are the rows of a chunk, one per contact, with the number of rows each has overtaken.
type survivors struct {
	rows   []*StagedRow
	losers []int64
}

// newest keeps the latest row of each contact: one statement cannot touch a row twice on PostgreSQL.
func newest(rows []StagedRow) survivors {
	s := survivors{rows: make([]*StagedRow, 0, len(rows)), losers: make([]int64, 0, len(rows))}
	at := make(map[string]int, len(rows))
	for i := range rows {
		row := &rows[i]
		n, seen := at[row.Contact]
		if !seen {
			at[row.Contact] = len(s.rows)
			s.rows, s.losers = append(s.rows, row), append(s.losers, 0)
			continue
		}
		s.losers[n]++
		if row.key().compare(s.rows[n].key()) > 0 || row.key() == s.rows[n].key() && row.Position > s.rows[n].Position {
			s.rows[n] = row
		}
	}
	return s
}

func (s survivors) args(run string) []any {
	args := make([]any, 0, len(s.rows)*stageRows.width)
	for i, row := range s.rows {
		attributes := emptyAttributes
		if len(row.Attributes) > 0 {
			attributes = string(row.Attributes)
		}
		args = append(args, run, row.Contact, row.Position, row.Line, bit(row.Exited), micros(row.QualifiedAt), micros(row.AsOf), int64(0), attributes,
			int64(row.Warnings), orNull(row.BadColumn), orNull(row.BadReason), row.WordMode, fromPointer(row.Word), s.losers[i])
	}
	return args
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func fromPointer(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}
