package store

import (
	"container/heap"
	"context"
	"database/sql"
	"strings"
)

// mergeRows is how many rows one transaction of FinishStaging writes.
const mergeRows = 4000

var stageRows = newManyRows(`INSERT INTO staged (run, contact, position, line, exited, qualified_at, as_of, attributes, warnings,
	bad_column, bad_reason, word_mode, word, losers, left_out)`, 15, `ON CONFLICT DO NOTHING`)

const (
	segments  = `SELECT DISTINCT segment FROM staged_blocks WHERE run = ? ORDER BY segment`
	nextBlock = `SELECT block, data FROM staged_blocks WHERE run = ? AND segment = ? AND block >= ? AND last_contact > ? ORDER BY block LIMIT 1`
	dropBlock = `DELETE FROM staged_blocks WHERE run = ? AND segment = ?`
)

// FinishStaging says that the whole source is staged, and puts its rows into the order of contacts, the latest of each contact
// alone. In ranges, resumable where it stood, idempotent. It takes about as long as staging did: heartbeat meanwhile.
func (s *Store) FinishStaging(ctx context.Context, run string) error {
	var sortedTo string
	var done int64
	found, err := s.readOne(ctx, `SELECT sorted_to, staging_done FROM runs WHERE run = ?`, []any{run}, &sortedTo, &done)
	switch {
	case err != nil:
		return err
	case !found:
		return ErrNoRun
	case done != 0:
		return s.dropBlocks(ctx, run)
	}
	m := &merger{store: s, run: run}
	if err := m.open(ctx, sortedTo); err != nil {
		return err
	}
	for {
		rows, err := m.next(ctx, mergeRows)
		if err != nil {
			return err
		}
		done = bit(len(rows) < mergeRows)
		after := sortedTo
		if sortedTo, err = s.putStaged(ctx, run, rows, after, done); err != nil {
			return err
		}
		switch {
		case sortedTo == after:
			return s.FinishStaging(ctx, run) // from where the other attempt stands
		case done != 0:
			return s.dropBlocks(ctx, run)
		}
	}
}

// putStaged writes rows that follow the given contact, and gives the last one; the same one when another attempt was faster.
func (s *Store) putStaged(ctx context.Context, run string, rows []stagedRow, after string, done int64) (to string, err error) {
	args := make([]any, 0, len(rows)*stageRows.width)
	to = lastContact
	for _, row := range rows {
		args = row.args(run, args)
		to = row.Contact
	}
	err = s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, `UPDATE runs SET sorted_to = ?, staging_done = ? WHERE run = ? AND sorted_to = ? AND staging_done = 0`, to, done, run, after)
		if err != nil || n == 0 {
			to = after
			return err
		}
		return t.insert(ctx, stageRows, args)
	})
	return to, err
}

func (r stagedRow) args(run string, to []any) []any {
	attributes := emptyAttributes
	if len(r.Attributes) > 0 {
		attributes = string(r.Attributes)
	}
	return append(to, run, r.Contact, r.Position, r.Line, bit(r.Exited), micros(r.QualifiedAt), micros(r.AsOf), attributes,
		int64(r.Warnings), orNull(r.BadColumn), orNull(r.BadReason), r.WordMode, fromPointer(r.Word), r.losers, orNull(leftOutText(r.LeftOut)))
}

// dropBlocks deletes the blocks of a run, a chunk's in each transaction.
func (s *Store) dropBlocks(ctx context.Context, run string) error {
	all, err := s.segments(ctx, run)
	if err != nil {
		return err
	}
	for _, segment := range all {
		err := s.update(ctx, func(t *tx) error {
			_, err := t.exec(ctx, dropBlock, run, segment)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) segments(ctx context.Context, run string) ([]int64, error) {
	var all []int64
	err := s.readEach(ctx, segments, []any{run}, func(rows *sql.Rows) error {
		var segment int64
		err := rows.Scan(&segment)
		all = append(all, segment)
		return err
	})
	return all, err
}

// merger gives the rows of all chunks in contact order, the latest of each contact.
type merger struct {
	store *Store
	run   string
	heads heads
}

// head is the next row of one chunk.
type head struct {
	segment int64
	block   int    // the next to be read
	data    []byte // what is left of the one at hand
	row     stagedRow
}

type heads []*head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return h[i].row.Contact < h[j].row.Contact }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)        { *h = append(*h, x.(*head)) }
func (h *heads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// open begins after the given contact.
func (m *merger) open(ctx context.Context, after string) error {
	all, err := m.store.segments(ctx, m.run)
	if err != nil {
		return err
	}
	for _, segment := range all {
		h := &head{segment: segment}
		for {
			more, err := m.advance(ctx, h, after)
			if err != nil {
				return err
			}
			if !more {
				break
			}
			if strings.Compare(h.row.Contact, after) > 0 {
				m.heads = append(m.heads, h)
				break
			}
		}
	}
	heap.Init(&m.heads)
	return nil
}

// advance reads the next row of a chunk.
func (m *merger) advance(ctx context.Context, h *head, after string) (more bool, err error) {
	if len(h.data) == 0 {
		found, err := m.store.readOne(ctx, nextBlock, []any{m.run, h.segment, h.block, after}, &h.block, &h.data)
		if err != nil || !found {
			return false, err
		}
		h.block++
	}
	h.row, h.data, err = decodeRow(h.data)
	return err == nil, err
}

// next gives up to n rows.
func (m *merger) next(ctx context.Context, n int) ([]stagedRow, error) {
	rows := make([]stagedRow, 0, n)
	for len(m.heads) > 0 {
		row := m.heads[0].row
		if last := len(rows) - 1; last >= 0 && rows[last].Contact == row.Contact {
			rows[last] = merged(rows[last], row)
		} else {
			if len(rows) == n {
				return rows, nil
			}
			rows = append(rows, row)
		}
		more, err := m.advance(ctx, m.heads[0], "")
		if err != nil {
			return nil, err
		}
		if more {
			heap.Fix(&m.heads, 0)
		} else {
			heap.Pop(&m.heads)
		}
	}
	return rows, nil
}

// merged keeps the later of two rows of a contact and counts the other.
func merged(a, b stagedRow) stagedRow {
	losers := a.losers + b.losers + 1
	if b.beats(a.StagedRow) {
		a = b
	}
	a.losers = losers
	return a
}
