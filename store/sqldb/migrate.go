package sqldb

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrateTries is how often migrating is tried: on SQLite another process that opens a new file at
// the same moment may win one migration after the other, and each time the loser looks again.
const migrateTries = 10

// NewerSchema says that a newer program has migrated the store to what this one cannot use.
type NewerSchema struct {
	Found, Known int64
	Unusable     int64 // the first version that does not say that this program can use it
}

func (e *NewerSchema) Error() string {
	return fmt.Sprintf("the store has schema version %d, this program knows versions up to %d and cannot use version %d: use the newer program, or another STORE_URL",
		e.Found, e.Known, e.Unusable)
}

// migrate brings the schema up to date. It refuses one that is newer than this program, unless each
// newer migration says that it leaves this program working.
func migrate(ctx context.Context, db *sql.DB, d dialect, source fs.FS) error {
	provider, err := newProvider(db, d, source)
	if err != nil {
		return fmt.Errorf("read the embedded migrations: %w", err)
	}
	for try := 1; ; try++ {
		err = migrateOnce(ctx, db, d, provider)
		if err == nil || try == migrateTries || ctx.Err() != nil || d == postgres {
			return err
		}
	}
}

func migrateOnce(ctx context.Context, db *sql.DB, d dialect, provider *goose.Provider) error {
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if current > target {
		unusable, err := firstUnusable(ctx, db, d, target)
		if err != nil {
			return fmt.Errorf("read what can use the schema: %w", err)
		}
		if unusable > 0 {
			return &NewerSchema{Found: current, Known: target, Unusable: unusable}
		}
	}
	if pending, err := provider.HasPending(ctx); err != nil || !pending {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}

// firstUnusable is the first newer version of the schema that a program which knows it up to a
// version cannot use, 0 for none. A migration that older programs go on with says so in store_info:
// from which version on, under the name usable_from:VERSION.
func firstUnusable(ctx context.Context, db *sql.DB, d dialect, known int64) (version int64, err error) {
	const first = `SELECT CAST(coalesce(min(v.version_id), 0) AS BIGINT) FROM goose_db_version v
		LEFT JOIN store_info i ON i.name = 'usable_from:' || CAST(v.version_id AS TEXT)
		WHERE v.is_applied AND v.version_id > ? AND (i.value IS NULL OR CAST(i.value AS BIGINT) > ?)`
	err = db.QueryRowContext(ctx, d.bind(first), known, known).Scan(&version)
	return version, err
}

func newProvider(db *sql.DB, d dialect, source fs.FS) (*goose.Provider, error) {
	// Migrations of two branches may land in another order than that of their numbers.
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	name := goose.DialectSQLite3
	if d == postgres {
		name = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	files, err := migrations(source, d)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(name, db, files, options...)
}

// ensureID reads the store's random id, making it if the store is new.
func ensureID(ctx context.Context, db *sql.DB, d dialect) (string, error) {
	_, err := db.ExecContext(ctx, d.bind(`INSERT INTO store_info (name, value) VALUES ('id', ?) ON CONFLICT DO NOTHING`), uuid.NewString())
	if err != nil {
		return "", err
	}
	var id string
	err = db.QueryRowContext(ctx, storeID).Scan(&id)
	return id, err
}

const storeID = `SELECT value FROM store_info WHERE name = 'id'`

// migrations gives the migrations of one dialect as one folder: the common ones, in the dialect's
// own words, and its own.
func migrations(source fs.FS, d dialect) (fs.FS, error) {
	files := memoryFS{}
	for _, dir := range []string{".", string(d)} {
		entries, err := fs.ReadDir(source, dir)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if entry.IsDir() {
				continue
			}
			text, err := fs.ReadFile(source, path.Join(dir, entry.Name()))
			if err != nil {
				return nil, err
			}
			files[entry.Name()] = []byte(d.schema(string(text)))
		}
	}
	return files, nil
}

// memoryFS is a folder of files in memory: just enough of fs.FS to hand rewritten migrations to
// goose.
type memoryFS map[string][]byte

func (m memoryFS) Open(name string) (fs.File, error) {
	text, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memoryFile{Reader: bytes.NewReader(text), name: name}, nil
}

// Glob implements fs.GlobFS, which spares memoryFS from being able to list folders.
func (m memoryFS) Glob(pattern string) ([]string, error) {
	var names []string
	for name := range m {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names) // goose applies SQL migrations in the order in which it is given them
	return names, nil
}

type memoryFile struct {
	*bytes.Reader
	name string
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Name() string               { return f.name }
func (f *memoryFile) Mode() fs.FileMode          { return 0o444 }
func (f *memoryFile) ModTime() time.Time         { return time.Time{} }
func (f *memoryFile) IsDir() bool                { return false }
func (f *memoryFile) Sys() any                   { return nil }

var _ io.Reader = (*memoryFile)(nil)
