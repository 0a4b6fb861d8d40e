package columns

import (
	"context"

	"audienceflow/store/sqldb"
)

// ForgetColumn deletes a status column's ledger, in ranges, and frees the column for another
// audience. Idempotent.
func (c *Columns) ForgetColumn(ctx context.Context, destination, column string) error {
	if err := c.ledger.Drop(ctx, destination, column); err != nil {
		return err
	}
	return c.FreeColumn(ctx, destination, column)
}

const (
	ledgersOf = `SELECT DISTINCT ledger FROM ledger_leaves WHERE destination = ? ORDER BY ledger`

	freeColumns = `DELETE FROM status_columns WHERE destination = ?`
)

// ForgetLedgers deletes all that is known of what a destination holds, in ranges, and frees its
// columns: the next runs read every contact before they write. Idempotent.
func (c *Columns) ForgetLedgers(ctx context.Context, destination string) error {
	var ledgers []string
	if err := c.db.QueryEach(ctx, ledgersOf, []any{destination}, sqldb.Column(&ledgers)); err != nil {
		return err
	}
	for _, name := range ledgers {
		if err := c.ledger.Drop(ctx, destination, name); err != nil {
			return err
		}
	}
	return c.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, freeColumns, destination)
		return err
	})
}
