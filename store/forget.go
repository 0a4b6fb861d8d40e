package store

import (
	"context"

	"audienceflow/store/sqldb"
)

// ForgetColumn deletes a status column's ledger, in ranges, and frees the column for another
// audience. Idempotent.
func (s *Store) ForgetColumn(ctx context.Context, destination, column string) error {
	if err := s.Drop(ctx, destination, column); err != nil {
		return err
	}
	return s.FreeColumn(ctx, destination, column)
}

const (
	ledgersOf = `SELECT DISTINCT ledger FROM ledger_leaves WHERE destination = ? ORDER BY ledger`

	freeColumns = `DELETE FROM status_columns WHERE destination = ?`
)

// ForgetLedgers deletes all that is known of what a destination holds, in ranges, and frees its
// columns: the next runs read every contact before they write. Idempotent.
func (s *Store) ForgetLedgers(ctx context.Context, destination string) error {
	var ledgers []string
	if err := s.db.QueryEach(ctx, ledgersOf, []any{destination}, sqldb.Column(&ledgers)); err != nil {
		return err
	}
	for _, ledger := range ledgers {
		if err := s.Drop(ctx, destination, ledger); err != nil {
			return err
		}
	}
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, freeColumns, destination)
		return err
	})
}
