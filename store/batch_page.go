package store

import (
	"context"
	"errors"

	"audienceflow/store/numbers"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// readAhead is a batch's page as it was before the batch's turn came: to take it apart is the
// longest part of a transaction that others wait for.
type readAhead struct {
	batch batchRow
	page  *staging.Page
}

// readAhead reads the page of a batch that nobody has begun, or that was given back.
func (s *Store) readAhead(ctx context.Context, ref BatchRef) (readAhead, error) {
	t := s.db.Reader()
	batch, err := readBatch(ctx, t, ref)
	if errors.Is(err, numbers.ErrNoBatch) { // what that means is said when its turn has come
		return readAhead{}, nil
	}
	if err != nil || batch.state != BatchPlanned {
		return readAhead{}, sqldb.Explain(err)
	}
	page, err := staging.FindPage(ctx, t, ref.Run, batch.page)
	if err != nil {
		return readAhead{}, sqldb.Explain(err)
	}
	return readAhead{batch, page}, nil
}

// batchPage gives the page of a batch, with what is in flight of it; the one that was peeked at
// when nobody has touched it since.
func batchPage(ctx context.Context, t *sqldb.Tx, destination string, ref BatchRef, b batchRow, before readAhead) (*staging.Page, error) {
	if before.page != nil && before.batch.attempt == b.attempt && b.state == BatchPlanned {
		pending, err := staging.PendingOfPage(ctx, t, ref.Run, b.page)
		if numbers := before.page.Count(); err != nil || numbers.Pending() == pending {
			return before.page, err
		}
	}
	p, err := staging.ReadPage(ctx, t, ref.Run, b.page)
	if err != nil {
		return nil, err
	}
	return p, markInFlight(ctx, t, destination, ref, p)
}
