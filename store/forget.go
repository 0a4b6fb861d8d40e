package store

import (
	"context"
	"time"
)

const forgetRange = `DELETE FROM exported_status WHERE destination = ? AND column_name = ? AND contact > ? AND contact <= ?`

const forgetEnd = `SELECT contact FROM exported_status WHERE destination = ? AND column_name = ? AND contact > ? ORDER BY contact LIMIT 1 OFFSET ?`

// ForgetColumn deletes a status column's ledger, in ranges, and frees the column for another audience. Idempotent.
func (s *Store) ForgetColumn(ctx context.Context, destination, column string) error {
	for after, more := "", true; more; {
		last := lastContact
		err := s.update(ctx, func(t *tx) (err error) {
			if more, err = t.one(ctx, forgetEnd, []any{destination, column, after, purgeRange - 1}, &last); err != nil {
				return err
			}
			_, err = t.exec(ctx, forgetRange, destination, column, after, last)
			return err
		})
		if err != nil {
			return err
		}
		after = last
	}
	return s.FreeColumn(ctx, destination, column)
}

// ForgetContacts deletes contacts from a status column's ledger: Dynamics does not have them any more. Idempotent.
func (s *Store) ForgetContacts(ctx context.Context, destination, column string, contacts []string) error {
	if len(contacts) == 0 {
		return nil
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.execList(ctx, `DELETE FROM exported_status WHERE destination = ? AND column_name = ? AND contact IN (*)`,
			[]any{destination, column}, contacts)
		return err
	})
}

// ExpireValidations deletes validations that ended before the given time. Gives how many went. Idempotent.
func (s *Store) ExpireValidations(ctx context.Context, before time.Time) (int64, error) {
	const old = `validation IN (SELECT validation FROM validations WHERE ended_at < ?)`
	var gone int64
	err := s.update(ctx, func(t *tx) (err error) {
		for _, table := range []string{"mismatches", "validation_slices"} {
			if _, err := t.exec(ctx, `DELETE FROM `+table+` WHERE `+old, micros(before)); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, `DELETE FROM run_settings WHERE run NOT IN (SELECT run FROM runs)`); err != nil {
			return err
		}
		gone, err = t.exec(ctx, `DELETE FROM validations WHERE ended_at < ?`, micros(before))
		return err
	})
	return gone, err
}
