package store

import (
	"context"
	"time"

	"audienceflow/store/sqldb"
)

// ForgetColumn deletes a status column's ledger, in ranges, and frees the column for another audience. Idempotent.
func (s *Store) ForgetColumn(ctx context.Context, destination, column string) error {
	if err := s.Drop(ctx, destination, column); err != nil {
		return err
	}
	return s.FreeColumn(ctx, destination, column)
}

// ExpireValidations deletes validations that ended before the given time. Gives how many went. Idempotent.
func (s *Store) ExpireValidations(ctx context.Context, before time.Time) (int64, error) {
	const old = `validation IN (SELECT validation FROM validations WHERE ended_at < ?)`
	var gone int64
	err := s.update(ctx, func(t *tx) (err error) {
		for _, table := range []string{"mismatches", "validation_slices"} {
			if _, err := t.Exec(ctx, `DELETE FROM `+table+` WHERE `+old, sqldb.Micros(before)); err != nil {
				return err
			}
		}
		if _, err := t.Exec(ctx, `DELETE FROM run_settings WHERE run NOT IN (SELECT run FROM runs)`); err != nil {
			return err
		}
		gone, err = t.Exec(ctx, `DELETE FROM validations WHERE ended_at < ?`, sqldb.Micros(before))
		return err
	})
	return gone, err
}
