package staging

import (
	"container/heap"
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// mergePages is how many pages one transaction of FinishStaging writes.
const mergePages = 4

// lastContact is greater than every contact.
const lastContact = "~"

const (
	segments  = `SELECT DISTINCT segment FROM staged_blocks WHERE run = ? ORDER BY segment`
	nextBlock = `SELECT block, data FROM staged_blocks WHERE run = ? AND segment = ? AND block >= ? AND last_contact > ? ORDER BY block LIMIT 1`
	dropBlock = `DELETE FROM staged_blocks WHERE run = ? AND segment = ?`
)

// FinishStaging says that the whole source is staged, and puts its rows into the order of contacts,
// the latest of each contact alone. In ranges, resumable where it stood, idempotent. It takes about
// as long as staging did: heartbeat meanwhile.
func (s *Staging) FinishStaging(ctx context.Context, run string) error {
	if err := s.runs.RunUnderWay(ctx, run); err != nil {
		return err
	}
	var sortedTo string
	var done int64
	found, err := s.db.QueryOne(ctx, `SELECT sorted_to, staging_done FROM runs WHERE run = ?`, []any{run}, &sortedTo, &done)
	switch {
	case err != nil:
		return err
	case !found:
		return runlog.ErrNoRun
	case done != 0:
		return s.DropBlocks(ctx, run)
	}
	err = s.merge(ctx, run, sortedTo)
	if errors.Is(err, errOvertaken) {
		return s.FinishStaging(ctx, run) // from where the other attempt stands
	}
	if err != nil {
		return err
	}
	return s.DropBlocks(ctx, run)
}

// errOvertaken: another attempt has put rows into order meanwhile.
var errOvertaken = errors.New("another attempt was faster")

// merge puts the rows after a contact into order on one goroutine and keeps them on another.
func (s *Staging) merge(ctx context.Context, run, after string) error {
	group, ctx := errgroup.WithContext(ctx)
	ordered := make(chan []StoredRow, 1)
	group.Go(func() error {
		defer close(ordered)
		m := &merger{staging: s, run: run}
		return m.all(ctx, after, ordered)
	})
	group.Go(func() error {
		for rows := range ordered {
			to, err := s.putStaged(ctx, run, rows, after, sqldb.Bit(len(rows) < mergePages*s.pageRows))
			if err != nil {
				return err
			}
			if to == after {
				return errOvertaken
			}
			after = to
		}
		return nil
	})
	return group.Wait()
}

// putStaged writes pages of rows that follow the given contact, and gives the last one; the same
// one when another attempt was faster.
func (s *Staging) putStaged(ctx context.Context, run string, rows []StoredRow, after string, done int64) (to string, err error) {
	to = lastContact
	if len(rows) > 0 {
		to = rows[len(rows)-1].Contact
	}
	err = s.db.Update(ctx, func(t *sqldb.Tx) error {
		n, err := t.Exec(ctx, `UPDATE runs SET sorted_to = ?, staging_done = ? WHERE run = ? AND sorted_to = ? AND staging_done = 0`, to, done, run, after)
		if err != nil || n == 0 {
			to = after
			return err
		}
		return s.AddPages(ctx, t, run, rows)
	})
	return to, err
}

// AddPages keeps rows in pages of their own.
func (s *Staging) AddPages(ctx context.Context, t *sqldb.Tx, run string, rows []StoredRow) error {
	number, err := LastPage(ctx, t, run)
	if err != nil {
		return err
	}
	for piece := range slices.Chunk(rows, s.pageRows) {
		number++
		if err := AddPage(ctx, t, newPage(run, number, piece)); err != nil {
			return err
		}
	}
	return nil
}

// DropBlocks deletes the blocks of a run, a chunk's in each transaction.
func (s *Staging) DropBlocks(ctx context.Context, run string) error {
	all, err := s.segments(ctx, run)
	if err != nil {
		return err
	}
	for _, segment := range all {
		err := s.db.Update(ctx, func(t *sqldb.Tx) error {
			_, err := t.Exec(ctx, dropBlock, run, segment)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Staging) segments(ctx context.Context, run string) ([]int64, error) {
	var all []int64
	err := s.db.QueryEach(ctx, segments, []any{run}, sqldb.Column(&all))
	return all, err
}

// merger gives the rows of all chunks in contact order, the latest of each contact.
type merger struct {
	staging *Staging
	run     string
	heads   heads
}

// head is the next row of one chunk.
type head struct {
	segment int64
	block   int      // the next to be read
	rows    *decoder // of the one at hand
	row     StoredRow
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

// all sends the rows after a contact in stretches of mergePages; the last one is shorter, or empty.
func (m *merger) all(ctx context.Context, after string, out chan<- []StoredRow) error {
	if err := m.open(ctx, after); err != nil {
		return err
	}
	n := mergePages * m.staging.pageRows
	for {
		rows, err := m.next(ctx, n)
		if err != nil {
			return err
		}
		select {
		case out <- rows:
		case <-ctx.Done():
			return ctx.Err()
		}
		if len(rows) < n {
			return nil
		}
	}
}

// open begins after the given contact.
func (m *merger) open(ctx context.Context, after string) error {
	all, err := m.staging.segments(ctx, m.run)
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
	if h.rows == nil || h.rows.empty() {
		var data []byte
		found, err := m.staging.db.QueryOne(ctx, nextBlock, []any{m.run, h.segment, h.block, after}, &h.block, &data)
		if err != nil || !found {
			return false, err
		}
		h.block++
		h.rows = newDecoder(data)
	}
	h.row, err = h.rows.row(&Row{})
	return err == nil, err
}

// next gives up to n rows.
func (m *merger) next(ctx context.Context, n int) ([]StoredRow, error) {
	rows := make([]StoredRow, 0, n)
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
func merged(a, b StoredRow) StoredRow {
	losers := a.losers + b.losers + 1
	if b.beats(a.Row) {
		a = b
	}
	a.losers = losers
	return a
}
