package store

import (
	"context"
	"io/fs"
	"math"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"

	"audienceflow/store/sqldb"
)

// WithPageRows makes pages smaller, so that a few rows fill several.
func WithPageRows(n int) Option { return func(o *options) { o.pageRows = n } }

// WithPatience makes the wait for another process' write transaction shorter.
func WithPatience(d time.Duration) Option {
	return func(o *options) { o.database.BusyTimeout = d }
}

// WithIntegrityEvery makes looks at a SQLite file more frequent.
func WithIntegrityEvery(d time.Duration) Option {
	return func(o *options) { o.database.CheckEvery = d }
}

// MigrateTo makes a store as it was when its last migration was a version.
func MigrateTo(ctx context.Context, url string, version int64) error {
	db, err := sqldb.Open(ctx, url, migrationsUntil(version), sqldb.Options{})
	if err != nil {
		return err
	}
	return db.Close()
}

// WithNewer makes the program a newer one, which has one more migration.
func WithNewer(name, text string) Option {
	return func(o *options) {
		files := migrationsUntil(math.MaxInt64)
		files[name] = &fstest.MapFile{Data: []byte(text)}
		o.migrations = files
	}
}

// migrationsUntil are the migrations up to a version.
func migrationsUntil(version int64) fstest.MapFS {
	until := fstest.MapFS{}
	files, err := migrations()
	if err != nil {
		panic(err) // they are embedded
	}
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		number, err := goose.NumericComponent(name)
		if err != nil || number > version {
			return err
		}
		text, err := fs.ReadFile(files, name)
		until[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		panic(err)
	}
	return until
}

// HoldLock takes a destination's lock in a transaction, calls held, and then puts a row into
// store_info.
func HoldLock(ctx context.Context, s *Store, destination, name string, held func()) error {
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		if err := t.Lock(ctx, destination); err != nil {
			return err
		}
		held()
		_, err := t.Exec(ctx, `INSERT INTO store_info (name, value) VALUES (?, 'once')`, name)
		return err
	})
}

// Passing tells whether an error of the database can be over by itself.
func Passing(err error) (passing bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	_ = sqldb.Patiently(ctx, func() error { return err }, func(error) { passing = true; cancel() })
	return passing
}

// Setting is what a session of PostgreSQL has for a setting.
func Setting(ctx context.Context, s *Store, name string) (value string) {
	if _, err := s.db.QueryOne(ctx, `SELECT current_setting(?)`, []any{name}, &value); err != nil {
		return err.Error()
	}
	return value
}
