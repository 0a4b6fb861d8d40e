package sqldb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver
	_ "modernc.org/sqlite"             // the SQLite driver
)

const (
	// readers is how many SQLite connections read beside the one that writes: reads are short, and
	// two cores are common.
	readers = 4
	// defaultBusyTimeout is how long one process waits for another one's write transaction. None
	// lasts longer than a quarter of a second, so this stands for a long queue, not for a long
	// transaction.
	defaultBusyTimeout = 30 * time.Second
	// writeCacheKiB and readCacheKiB bound the page caches of the connections.
	writeCacheKiB = 16 << 10
	readCacheKiB  = 2 << 10
	// checkpointPages is the write-ahead log's size at which it is copied back into the file: 16
	// MiB, about what one chunk of staging dirties, so that a commit never has much more than its
	// own work to copy.
	checkpointPages = 4000
	// walLimitBytes is what the log is cut back to after it had to grow under a long reader.
	walLimitBytes = 64 << 20
)

// DB is an open database. Safe for concurrent use, by several processes too.
type DB struct {
	dialect     dialect
	path        string      // of SQLite's file
	file        os.FileInfo // at path when it was opened; nil on PostgreSQL
	id          string
	clock       func() time.Time // nil: the wall clock, or PostgreSQL's own
	read        *sql.DB
	write       *sql.DB
	writer      *writer     // SQLite's one write connection
	writeQueue  *writeQueue // with other processes
	lockWait    lockWait
	busyTimeout time.Duration // with another process' write transaction
	integrity   integrity
	texts       sync.Map // query -> text for PostgreSQL

	migrations fs.FS // of the schema, see Open

	closing sync.Once
	closed  error // what closing came to
}

// Options change how Open opens; the zero value suits all programs.
type Options struct {
	Clock       func() time.Time // that leases and times of day are taken from; nil: the database's
	BusyTimeout time.Duration    // with another process' write transaction, on SQLite; 0: 30 s
	// CheckEvery is how often a SQLite file in use is looked through, however long that takes; 0:
	// every 30 s, and less often where that takes long.
	CheckEvery time.Duration
	// ReadOnly leaves the database as it is: nothing is made, and nothing is migrated. What reads it
	// must suit the schema that it has, see Schema.
	ReadOnly bool
}

// Open opens the database at "sqlite:PATH" (its folders are made) or "postgres://...", and migrates
// it unless it is to be read only: migrations holds those of both databases, and a folder for those
// of each alone. Safe to call from several processes at once. Its errors say what is wrong with the
// place and what to do, and never show a password.
func Open(ctx context.Context, url string, migrations fs.FS, options Options) (*DB, error) {
	s := &DB{
		migrations: migrations, clock: options.Clock, busyTimeout: cmp.Or(options.BusyTimeout, defaultBusyTimeout),
		integrity: integrity{every: integrityEvery, share: integrityShare},
	}
	if options.CheckEvery > 0 {
		s.integrity = integrity{every: options.CheckEvery}
	}
	var err error
	openSQLite, openPostgres := s.openSQLite, s.openPostgres
	if options.ReadOnly {
		openSQLite, openPostgres = s.readSQLite, s.readPostgres
	}
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		err = openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"))
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		err = openPostgres(ctx, url)
	default:
		return nil, fmt.Errorf("STORE_URL must begin with sqlite: (a path follows) or postgres://")
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ID is the store's random id, made with the store: two programs with the same id look at the same
// store.
func (s *DB) ID() string { return s.id }

// Close closes all connections. It may be called again, and gives the same answer.
func (s *DB) Close() error {
	s.closing.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *DB) close() error {
	var errs []error
	if s.integrity.stop != nil {
		s.integrity.stop()
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	errs = append(errs, s.writeQueue.close())
	if s.read != nil && s.read != s.write {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

func (s *DB) openSQLite(ctx context.Context, path string) error {
	s.dialect = sqlite
	path = strings.TrimPrefix(path, "//") // sqlite:///abs/path and sqlite:relative/path both work
	if err := makeRoom(path); err != nil {
		return err
	}
	s.path = path
	err := errors.Join(logHasItsFile(path), keepPrivate(path))
	if err != nil {
		return openError(path, err)
	}
	if s.write, err = s.connect(sqliteDSN(path, writeCacheKiB, readWrite)); err != nil {
		return openError(path, err)
	}
	s.write.SetMaxOpenConns(1)
	if s.writeQueue, err = openWriteQueue(path); err != nil {
		return openError(path, err)
	}
	if err := s.prepareRetrying(ctx); err != nil {
		return openError(path, s.lockedBy(err))
	}
	if s.writer, err = newWriter(ctx, s.write); err != nil {
		return openError(path, s.lockedBy(err))
	}
	if _, err := s.writer.conn.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil { // begin waits, and sooner sees the end
		return openError(path, err)
	}
	if err := keepPrivate(path); err != nil { // a new one is made with the rights of any file
		return openError(path, err)
	}
	if s.file, err = os.Stat(path); err != nil {
		return openError(path, err)
	}
	if s.read, err = s.connect(sqliteDSN(path, readCacheKiB, readOnly)); err != nil {
		return openError(path, err)
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	s.watch()
	return nil
}

// prepareRetrying is prepare beside other processes that open the same new file: SQLite does not
// wait for all that they may be at.
func (s *DB) prepareRetrying(ctx context.Context) error {
	for deadline := time.Now().Add(s.busyTimeout); ; {
		err := s.prepare(ctx)
		if !busy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(leastPause):
		}
	}
}

func (s *DB) prepare(ctx context.Context) error {
	if err := s.write.PingContext(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, s.write, s.dialect, s.migrations); err != nil {
		return err
	}
	var err error
	s.id, err = ensureID(ctx, s.write, s.dialect)
	return err
}

// makeRoom makes the folders of a database file and says early what a database would say obscurely.
func makeRoom(path string) error {
	if path == "" {
		return fmt.Errorf("STORE_URL names no file: write sqlite:PATH")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("STORE_URL names a folder, %s: name a file in it, for example sqlite:%s", path, filepath.Join(path, "audienceflow.db"))
	}
	if err := os.MkdirAll(filepath.Dir(path), privateFolder); err != nil {
		return fmt.Errorf("cannot make the folder of the store: %w: choose another place with STORE_URL", err)
	}
	return nil
}

// access is what a connection may do.
type access int

const (
	readWrite access = iota
	readOnly
)

// sqliteDSN asks for full durability: a batch that is `sending`, and a booking, must outlive a
// power cut, or a contact would be written twice. That costs one sync per commit, of which a
// thousand contacts need three.
func sqliteDSN(path string, cacheKiB int, mode access) string {
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", defaultBusyTimeout.Milliseconds()),
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"secure_delete(1)",   // what is deleted is overwritten, in free pages too
		"temp_store(MEMORY)", // what a savepoint needs to be undone, too
		fmt.Sprintf("cache_size(-%d)", cacheKiB),
		fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages),
		fmt.Sprintf("journal_size_limit(%d)", walLimitBytes),
	}
	if mode == readOnly {
		pragmas = append(pragmas, "query_only(1)")
	}
	query := url.Values{"_pragma": pragmas, "_txlock": {"immediate"}}
	return "file:" + escapedPath(path) + "?" + query.Encode()
}

func escapedPath(path string) string { return (&url.URL{Path: path}).EscapedPath() }
