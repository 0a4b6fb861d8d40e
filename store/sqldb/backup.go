package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrOwnTools is the error of a backup of PostgreSQL, which has tools of its own for that.
var ErrOwnTools = errors.New("the store is in PostgreSQL, whose own tools make its backups")

// partEnd marks a backup that is being written.
const partEnd = ".part"

// Backup writes a copy of SQLite's file, as it is at one moment, to a path where there is nothing
// yet. Others go on reading and writing. The copy is its owner's alone, checked, and on the disk
// when it returns; nothing is left of one that has failed.
func (s *DB) Backup(ctx context.Context, to string) (err error) {
	if s.dialect == postgres {
		return ErrOwnTools
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: name a file that is not", to)
	}
	part := to + partEnd
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_RDWR, privateFile) // SQLite writes into an empty file
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: another backup writes it, or one was killed: remove it then", part)
	}
	if err != nil {
		return fmt.Errorf("the backup cannot be written: %w", err)
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, remove(part))
		}
	}()
	if err := s.vacuumInto(ctx, part); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := checkFile(ctx, part); err != nil {
		return fmt.Errorf("the copy: %w", err)
	}
	return os.Rename(part, to)
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *DB) vacuumInto(ctx context.Context, path string) error {
	db, err := s.connect(sqliteDSN(s.path, readCacheKiB, readWrite))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", path)
	return Explain(errors.Join(err, db.Close()))
}

// checkFile looks through a file of SQLite that nobody writes to.
func checkFile(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+escapedPath(path)+"?mode=ro&immutable=1")
	if err != nil {
		return err
	}
	var said string
	err = db.QueryRowContext(ctx, integrityCheck).Scan(&said)
	if err = Explain(errors.Join(err, db.Close())); err == nil {
		err = intact(said)
	}
	return err
}

// integrityCheck says "ok", or what is wrong first.
const integrityCheck = "PRAGMA integrity_check(1)"

func intact(said string) error {
	if said == "ok" {
		return nil
	}
	return AsDamaged("the file", errors.New(said))
}

// CheckIntegrity looks through the whole file of SQLite, its indexes included; it is slow where the
// file is large. PostgreSQL looks after itself.
func (s *DB) CheckIntegrity(ctx context.Context) error {
	if s.dialect == postgres {
		return nil
	}
	if err := s.present(); err != nil {
		return err
	}
	var said string
	if _, err := s.QueryOne(ctx, integrityCheck, nil, &said); err != nil {
		return err
	}
	return intact(said)
}

// Schema is the version of the schema that the database has, and the latest that this program
// knows; usable: it can use the one there is.
func (s *DB) Schema(ctx context.Context) (has, knows int64, usable bool, err error) {
	provider, err := newProvider(s.write, s.dialect, s.migrations)
	if err != nil {
		return 0, 0, false, err
	}
	files := provider.ListSources()
	for _, file := range files {
		knows = max(knows, file.Version)
	}
	_, err = s.QueryOne(ctx, `SELECT CAST(coalesce(max(version_id), 0) AS BIGINT) FROM goose_db_version WHERE is_applied`, nil, &has)
	if err != nil {
		return has, knows, false, err
	}
	var missing int64
	const known = `SELECT ? - count(DISTINCT version_id) FROM goose_db_version WHERE is_applied AND version_id BETWEEN 1 AND ?`
	if _, err := s.QueryOne(ctx, known, []any{len(files), knows}, &missing); err != nil || missing > 0 {
		return has, knows, false, err
	}
	unusable, err := firstUnusable(ctx, s.read, s.dialect, knows)
	return has, knows, unusable == 0, err
}

// Kind names the database: "SQLite" or "PostgreSQL".
func (s *DB) Kind() string {
	if s.dialect == postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}
