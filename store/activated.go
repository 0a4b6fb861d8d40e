package store

import (
	"context"

	"audienceflow/runs"
	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// ExportedOfRun lists the exported contacts that a run has activated, as they are in the ledger
// now: those of its pages after one and up to another, whole pages, until there are as many as
// wanted. last is where to go on. Only until the run is purged.
func (s *Store) ExportedOfRun(ctx context.Context, run, destination, column string, after, upTo, wanted int) (all []ledger.Exported, last int, err error) {
	for last = after; len(all) < wanted; {
		page, err := staging.NextActivated(ctx, s.db.Reader(), run, last, upTo)
		if err != nil || page == nil {
			return all, last, sqldb.Explain(err)
		}
		last = page.Number
		exported, err := s.ExportedByID(ctx, destination, column, page.ContactsOf(func(r *staging.PageRow) bool { return r.Is(runs.OutcomeActivated) }))
		if err != nil {
			return nil, after, err
		}
		all = append(all, exported...)
	}
	return all, last, nil
}

// Forget takes contacts that Dynamics no longer has out of both ledgers, for all audiences of the
// destination. Contacts in flight stay: their batch will tell. Idempotent; gives how many contacts
// left.
func (s *Store) Forget(ctx context.Context, destination string, contacts []string) (int64, error) {
	var gone int64
	err := s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := t.Lock(ctx, destination); err != nil {
			return err
		}
		landed, err := notInFlight(ctx, t, destination, contacts)
		if err != nil {
			return err
		}
		columns, err := ledger.StatusColumns(ctx, t, destination)
		if err != nil {
			return err
		}
		gone = 0
		for _, column := range columns {
			n, err := ledger.RemoveStatus(ctx, t, destination, column, landed)
			if err != nil {
				return err
			}
			gone = max(gone, n)
		}
		_, err = ledger.RemoveValues(ctx, t, destination, landed)
		return err
	})
	return gone, err
}
