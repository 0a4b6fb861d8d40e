package store

import (
	"context"

	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// blocks deletes what ended runs have left unsorted; a run that is still at staging would bring the
// contact back.
func (e *erasing) blocks(ctx context.Context, t *sqldb.Tx) error {
	busy, err := staging.EraseBlocks(ctx, t, e.destination, e.contact)
	if err != nil || busy == "" {
		return err
	}
	return e.inUse(busy, "staging")
}

const (
	batchOfPage = `SELECT state FROM batches WHERE run = ? AND page = ?`
	shrinkBatch = `UPDATE batches SET attempt = attempt + 1, rows = rows - ? WHERE run = ? AND page = ?`
)

// pages deletes the contact's rows from the pages of runs.
func (e *erasing) pages(ctx context.Context, t *sqldb.Tx) error {
	all, err := staging.PagesOf(ctx, t, e.destination, e.contact)
	if err != nil {
		return err
	}
	for _, ref := range all {
		if err := e.page(ctx, t, ref); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasing) page(ctx context.Context, t *sqldb.Tx, ref staging.PageRef) error {
	if _, _, err := staging.Lock(ctx, t, ref.Run); err != nil {
		return err
	}
	p, err := staging.ReadPage(ctx, t, ref.Run, ref.Page)
	if err != nil {
		return err
	}
	row := p.Find(e.contact)
	if row == nil {
		return nil
	}
	var state string
	isBatch, err := t.QueryOne(ctx, batchOfPage, []any{ref.Run, ref.Page}, &state)
	switch {
	case err != nil:
		return err
	case state == BatchSending:
		return e.inUse(ref.Run, "sending a batch with")
	}
	if row.Outcome != staging.OutcomeMoved {
		e.Rows++
	}
	toSend := sqldb.Bit(row.ToSend)
	p.Remove(e.contact)
	if !isBatch {
		return staging.KeepOrDropPage(ctx, t, p)
	}
	// A batch stays one, with no rows if need be; whoever has had a look at its page must look
	// again.
	if _, err := t.Exec(ctx, shrinkBatch, toSend, ref.Run, ref.Page); err != nil {
		return err
	}
	return staging.KeepPage(ctx, t, p)
}
