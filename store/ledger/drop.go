package ledger

import (
	"context"

	"audienceflow/store/sqldb"
)

// forgetLeaves is how many leaves of a ledger one transaction deletes.
const forgetLeaves = 10000 / leafRows

const (
	// end is greater than every contact.
	end = "~"

	forgetEnd   = `SELECT first_contact FROM ledger_leaves WHERE destination = ? AND ledger = ? ORDER BY first_contact LIMIT 1 OFFSET ?`
	forgetRange = `DELETE FROM ledger_leaves WHERE destination = ? AND ledger = ? AND first_contact <= ?`
)

// Drop deletes a ledger, in ranges. Idempotent.
func (s *Ledger) Drop(ctx context.Context, destination, ledger string) error {
	for more := true; more; {
		err := s.db.Update(ctx, func(t *sqldb.Tx) (err error) {
			last := end
			if more, err = t.QueryOne(ctx, forgetEnd, []any{destination, ledger, forgetLeaves - 1}, &last); err != nil {
				return err
			}
			_, err = t.Exec(ctx, forgetRange, destination, ledger, last)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
