package store

import (
	"context"
	"sync"

	"audienceflow/store/sqldb"
)

// peeked is a batch's page as it was before the batch's turn came: to take it apart is the longest part of a transaction that others
// wait for.
type peeked struct {
	batch batchRow
	page  *page
}

// peek reads the page of a batch that nobody has begun, or that was given back.
func (s *Store) peek(ctx context.Context, ref BatchRef) (peeked, error) {
	t := s.db.Reader()
	batch, err := readBatch(ctx, t, ref)
	if err != nil || batch.state != BatchPlanned {
		return peeked{}, sqldb.Explain(err)
	}
	pages, err := readPages(ctx, t, ref.Run, onePage, ref.Run, batch.page)
	if err != nil || len(pages) == 0 {
		return peeked{}, sqldb.Explain(err)
	}
	return peeked{batch, pages[0]}, nil
}

const pendingOfPage = `SELECT pending_realized + pending_exited FROM outcomes WHERE run = ? AND page = ?`

// pageOf gives the page of a batch, with what is in flight of it; the one that was peeked at when nobody has touched it since.
func batchPage(ctx context.Context, t *sqldb.Tx, destination string, ref BatchRef, b batchRow, before peeked) (*page, error) {
	if before.page != nil && before.batch.attempt == b.attempt && b.state == BatchPlanned {
		var pending int64
		_, err := t.QueryOne(ctx, pendingOfPage, []any{ref.Run, b.page}, &pending)
		if numbers := before.page.count(); err != nil || numbers.pending() == pending {
			return before.page, err
		}
	}
	p, err := readPage(ctx, t, ref.Run, b.page)
	if err != nil {
		return nil, err
	}
	return p, markInFlight(ctx, t, destination, ref, p)
}

// heldAttempts bounds how many pages are held, each about as large as its data: two windows of batches. An attempt whose page is not
// held reads it again.
const heldAttempts = 32

// held keeps the pages of attempts of this process from one of their transactions to the next. Nobody else changes them as long as
// the attempt has its batch, which every transaction makes sure of.
type held struct {
	mu    sync.Mutex
	pages map[heldAttempt]*page
}

type heldAttempt struct {
	BatchRef
	attempt int64
}

func (h *held) put(ref BatchRef, attempt int64, p *page) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pages == nil || len(h.pages) >= heldAttempts {
		h.pages = map[heldAttempt]*page{}
	}
	h.pages[heldAttempt{ref, attempt}] = p
}

// take gives the page of an attempt, nil if it is not held. It is held no longer, so that what a transaction that fails has done to
// it is forgotten.
func (h *held) take(ref BatchRef, attempt int64) *page {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := heldAttempt{ref, attempt}
	p := h.pages[key]
	delete(h.pages, key)
	return p
}
