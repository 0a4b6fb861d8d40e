package staging

import (
	"context"
	"fmt"

	"audienceflow/runs"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

var (
	putBlocks = sqldb.NewBulkInsert(`INSERT INTO staged_blocks (run, segment, block, last_contact, rows, losers, data)`, 7, ``)

	excludeRows = sqldb.NewBulkInsert(`INSERT INTO rejected (run, position, contact, line, record, outcome, reason, text, rejected_at)`, 9, `ON CONFLICT DO NOTHING`)
)

// Stage adds a chunk in one transaction, cursor included. A chunk at or below the cursor is a
// no-op; one that leaves a gap, or that overlaps the cursor, is an error: go on from
// StagedPosition. Chunks of 5,000 to 20,000 records suit it best.
//
// Sources are not in the order of contacts. Rows that are put where they belong one chunk after the
// other dirty nearly every page of a large table with each chunk; so a chunk is sorted by itself,
// kept in blocks, and FinishStaging merges the chunks.
func (s *Staging) Stage(ctx context.Context, run string, c Chunk) error {
	if err := s.runs.RunUnderWay(ctx, run); err != nil {
		return err
	}
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	blocks, err := newest(c.Rows).blocks(run, c.To)
	if err != nil {
		return err
	}
	excluded := make([]any, 0, len(c.Excluded)*excludeRows.Width)
	for _, e := range c.Excluded {
		excluded = append(excluded, run, e.Position, cleanText(e.Contact), e.Line, e.Record, runs.OutcomeExcluded, e.Reason, cleanText(e.Text), sqldb.Micros(now))
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		at, done, err := Lock(ctx, t, run)
		if err != nil {
			return err
		}
		if c.To <= at && c.After == "" {
			return nil
		}
		if c.From != at || done {
			return fmt.Errorf("staging stands at record %d (finished: %t), a chunk of records %d to %d does not follow", at, done, c.From+1, c.To)
		}
		if err := t.Insert(ctx, putBlocks, blocks); err != nil {
			return err
		}
		if err := t.Insert(ctx, excludeRows, excluded); err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE runs SET staged_position = ?, staged_after = ?, ignored = ignored + ?, without_consent = without_consent + ? WHERE run = ?`,
			c.To, c.After, c.Ignored, c.WithoutConsent, run)
		return err
	})
}

// StagedPosition gives the position up to which the source is staged, and whether staging is
// finished.
func (s *Staging) StagedPosition(ctx context.Context, run string) (position int64, done bool, err error) {
	r, err := s.runs.Run(ctx, run)
	return r.StagedPosition, r.StagingDone, err
}

// StagedAfter gives the position up to which rows are staged, and Chunk.After of the last one;
// empty where no chunk had it.
func (s *Staging) StagedAfter(ctx context.Context, run string) (position int64, after string, err error) {
	found, err := s.db.QueryOne(ctx, `SELECT staged_position, staged_after FROM runs WHERE run = ?`, []any{run}, &position, &after)
	if err == nil && !found {
		err = runlog.ErrNoRun
	}
	return position, after, err
}

// Lock gives how far a run is staged, and lets whoever else changes its rows wait until the
// transaction ends.
func Lock(ctx context.Context, t *sqldb.Tx, run string) (position int64, done bool, err error) {
	var finished int64
	const query = `SELECT staged_position, CASE WHEN staging_done = 1 OR sorted_to <> '' THEN 1 ELSE 0 END FROM runs WHERE run = ?`
	found, err := t.QueryOne(ctx, t.ForUpdate(query), []any{run}, &position, &finished)
	if err == nil && !found {
		err = runlog.ErrNoRun
	}
	return position, finished != 0, err
}
