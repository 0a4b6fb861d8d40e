package store

import (
	"context"
	"database/sql"
	"slices"

	"audienceflow/store/sqldb"
)

// blocks deletes what ended runs have left unsorted; a run that is still at staging would bring the
// contact back.
func (e *erasing) blocks(ctx context.Context, t *sqldb.Tx) error {
	over := map[string]bool{}
	args := []any{e.contact, e.destination}
	err := t.QueryEach(ctx, blocksOfContact, args, func(rows *sql.Rows) error {
		var run string
		var ended sql.NullInt64
		var staged int64
		var data []byte
		if err := rows.Scan(&run, &ended, &staged, &data); err != nil {
			return err
		}
		if over[run] {
			return nil
		}
		holds, err := blockHolds(data, e.contact)
		if err != nil || !holds {
			return err
		}
		if !ended.Valid && staged == 0 {
			return e.inUse(run, "staging")
		}
		over[run] = true
		return nil
	})
	if err != nil {
		return err
	}
	for run := range over {
		if _, err := t.Exec(ctx, `DELETE FROM staged_blocks WHERE run = ?`, run); err != nil {
			return err
		}
	}
	return nil
}

func blockHolds(data []byte, contact string) (bool, error) {
	for rows := newDecoder(data); !rows.empty(); {
		row, err := rows.row(&StagedRow{})
		if err != nil || row.Contact == contact {
			return err == nil, err
		}
	}
	return false, nil
}

const (
	batchOfPage = `SELECT state FROM batches WHERE run = ? AND page = ?`
	shrinkBatch = `UPDATE batches SET attempt = attempt + 1, rows = rows - ? WHERE run = ? AND page = ?`
)

// pageRef names a page.
type pageRef struct {
	run    string
	number int
}

// pages deletes the contact's rows from the pages of runs.
func (e *erasing) pages(ctx context.Context, t *sqldb.Tx) error {
	var all []pageRef
	args := []any{e.contact, e.contact, e.destination}
	err := t.QueryEach(ctx, pagesOfContact, args, func(rows *sql.Rows) error {
		var ref pageRef
		err := rows.Scan(&ref.run, &ref.number)
		all = append(all, ref)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b pageRef) int { return compareTexts(a.run, b.run) })
	for _, ref := range all {
		if err := e.page(ctx, t, ref); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasing) page(ctx context.Context, t *sqldb.Tx, ref pageRef) error {
	if _, _, err := lockStaging(ctx, t, ref.run); err != nil {
		return err
	}
	p, err := readPage(ctx, t, ref.run, ref.number)
	if err != nil {
		return err
	}
	row := p.find(e.contact)
	if row == nil {
		return nil
	}
	var state string
	isBatch, err := t.QueryOne(ctx, batchOfPage, []any{ref.run, ref.number}, &state)
	switch {
	case err != nil:
		return err
	case state == BatchSending:
		return e.inUse(ref.run, "sending a batch with")
	}
	if row.outcome != outcomeMoved {
		e.Rows++
	}
	toSend := sqldb.Bit(row.toSend)
	p.rows = slices.DeleteFunc(p.rows, func(r pageRow) bool { return r.Contact == e.contact })
	if !isBatch {
		return keepPage(ctx, t, p)
	}
	// A batch stays one, with no rows if need be; whoever has had a look at its page must look
	// again.
	if _, err := t.Exec(ctx, shrinkBatch, toSend, ref.run, ref.number); err != nil {
		return err
	}
	if err := putRows(ctx, t, p); err != nil {
		return err
	}
	return keepOutcomes(ctx, t, p)
}

// keepPage keeps a page that has lost rows, or drops it if there is none left.
func keepPage(ctx context.Context, t *sqldb.Tx, p *page) error {
	if len(p.rows) == 0 {
		return dropPage(ctx, t, p.run, p.number)
	}
	if err := putRows(ctx, t, p); err != nil {
		return err
	}
	return keepOutcomes(ctx, t, p)
}
