package sqldb

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// readSQLite opens a file for reading alone. The journal of its writer goes with it, so that it may
// be in use.
func (s *DB) readSQLite(ctx context.Context, path string) error {
	s.dialect, s.path = sqlite, strings.TrimPrefix(path, "//")
	err := logHasItsFile(s.path)
	if err != nil {
		return openError(s.path, err)
	}
	if s.file, err = os.Stat(s.path); err != nil {
		return openError(s.path, err)
	}
	query := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", defaultBusyTimeout.Milliseconds()), "temp_store(MEMORY)", "query_only(1)",
	}}
	if s.read, err = s.connect("file:" + escapedPath(s.path) + "?" + query.Encode()); err != nil {
		return openError(s.path, err)
	}
	s.write = s.read
	return s.readID(ctx)
}

// readPostgres opens a database whose schema stays as it is.
func (s *DB) readPostgres(ctx context.Context, url string) error {
	s.dialect = postgres
	db, err := connectPostgres(url, map[string]string{"default_transaction_read_only": "on"})
	if err != nil {
		return openError("", err)
	}
	s.read, s.write = db, db
	return s.readID(ctx)
}

// readID reads the store's id, by which a database tells that it is a store.
func (s *DB) readID(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return openError(s.path, err)
	}
	err := s.read.QueryRowContext(ctx, storeID).Scan(&s.id)
	if err != nil {
		return fmt.Errorf("there is no activation store in it: %w", openError(s.path, err))
	}
	return nil
}
