package store

import (
	"context"
	"database/sql"
)

// WithPageRows makes pages smaller, so that a few rows fill several.
func WithPageRows(n int) Option { return func(s *Store) { s.page = n } }

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
