package store

import (
	"context"
	"database/sql"
	"time"
)

// WithPageRows makes pages smaller, so that a few rows fill several.
func WithPageRows(n int) Option { return func(s *Store) { s.page = n } }

// WithPatience makes the wait for another process' write transaction shorter.
func WithPatience(d time.Duration) Option { return func(s *Store) { s.patience = d } }

// MigrateTo migrates a new database no further than to a version.
func MigrateTo(ctx context.Context, db *sql.DB, driver string, version int64) error {
	d := sqlite
	if driver == "pgx" {
		d = postgres
	}
	provider, err := newProvider(db, d)
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}

// HoldLock takes a destination's lock in a transaction, calls held, and then puts a row into store_info.
func HoldLock(ctx context.Context, s *Store, destination, name string, held func()) error {
	return s.update(ctx, func(t *tx) error {
		if err := t.lock(ctx, destination); err != nil {
			return err
		}
		held()
		_, err := t.exec(ctx, `INSERT INTO store_info (name, value) VALUES (?, 'once')`, name)
		return err
	})
}

// Passing tells whether an error of the database can be over by itself.
func Passing(err error) bool { return passing(err) }

// Setting is what a session of PostgreSQL has for a setting.
func Setting(ctx context.Context, s *Store, name string) (value string) {
	if err := s.read.QueryRowContext(ctx, `SELECT current_setting($1)`, name).Scan(&value); err != nil {
		return err.Error()
	}
	return value
}
