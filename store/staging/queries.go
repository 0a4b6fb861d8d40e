package staging

import (
	"context"

	"audienceflow/store/sqldb"
)

var (
	undecidedPages = pagesWhere(`o.page > ? AND o.undecided > 0 ORDER BY o.page LIMIT ?`)
	unreadPages    = pagesWhere(`o.page > ? AND o.page <= ? AND o.to_read > 0 ORDER BY o.page LIMIT 1`)
	activatedPages = pagesWhere(`o.page > ? AND o.page <= ? AND o.realized + o.exited > 0 ORDER BY o.page LIMIT 1`)
	pendingPages   = pagesWhere(`o.page > ? AND o.pending_realized + o.pending_exited > 0 ORDER BY o.page LIMIT 1`)
	nextPages      = pagesWhere(`o.page > ? ORDER BY o.page LIMIT 1`)
)

// UndecidedPages gives the next pages after one that have rows about which nothing is decided.
func UndecidedPages(ctx context.Context, t *sqldb.Tx, run string, after, limit int) ([]*Page, error) {
	return readPages(ctx, t, run, undecidedPages, run, after, limit)
}

// NextToRead gives the next page after one and up to another with contacts that have to be read
// from Dynamics, nil if there is none.
func NextToRead(ctx context.Context, t *sqldb.Tx, run string, after, upTo int) (*Page, error) {
	return firstPage(readPages(ctx, t, run, unreadPages, run, after, upTo))
}

// NextActivated gives the next page after one and up to another with rows activated, nil if there
// is none.
func NextActivated(ctx context.Context, t *sqldb.Tx, run string, after, upTo int) (*Page, error) {
	return firstPage(readPages(ctx, t, run, activatedPages, run, after, upTo))
}

// NextPending gives the next page after one with pending rows, nil if there is none.
func NextPending(ctx context.Context, t *sqldb.Tx, run string, after int) (*Page, error) {
	return firstPage(readPages(ctx, t, run, pendingPages, run, after))
}

// NextPage gives the next page after one, nil if there is none.
func NextPage(ctx context.Context, t *sqldb.Tx, run string, after int) (*Page, error) {
	return firstPage(readPages(ctx, t, run, nextPages, run, after))
}

// FindPage gives one page, nil if there is none.
func FindPage(ctx context.Context, t *sqldb.Tx, run string, number int) (*Page, error) {
	return firstPage(readPages(ctx, t, run, onePage, run, number))
}

func firstPage(pages []*Page, err error) (*Page, error) {
	if err != nil || len(pages) == 0 {
		return nil, err
	}
	return pages[0], nil
}

const pendingOfPage = `SELECT pending_realized + pending_exited FROM outcomes WHERE run = ? AND page = ?`

// PendingOfPage counts the pending rows of a page.
func PendingOfPage(ctx context.Context, t *sqldb.Tx, run string, number int) (pending int64, err error) {
	_, err = t.QueryOne(ctx, pendingOfPage, []any{run, number}, &pending)
	return pending, err
}
