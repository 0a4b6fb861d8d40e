package temporal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	_ "modernc.org/sqlite" // the server's driver; named so that its version stays pinned in go.mod
)

// schemaMark is the user_version of a file whose schema is complete. The server makes its tables
// one by one, and a process killed in between leaves a file that it would never accept again.
const schemaMark = 1

// DatabaseError says why a database file cannot be used.
type DatabaseError struct {
	File string // "" is the database in memory
	Err  error
}

func (e *DatabaseError) Error() string {
	switch {
	case e.File == "":
		return fmt.Sprintf("Temporal's database in memory cannot be used: %v", e.Err)
	case errors.Is(e.Err, syscall.ENOSPC) || strings.Contains(e.Err.Error(), "disk is full"):
		return fmt.Sprintf("no space left for Temporal's database %s: free some, or choose another folder", e.File)
	case errors.Is(e.Err, fs.ErrPermission):
		return fmt.Sprintf("Temporal's database %s cannot be written (%v): choose a folder that is yours", e.File, e.Err)
	default:
		return fmt.Sprintf("Temporal's database %s cannot be used (%v): move it away to start with a new one", e.File, e.Err)
	}
}

// Unwrap gives the cause.
func (e *DatabaseError) Unwrap() error { return e.Err }

// prepareDatabase makes the folder and the schema of a database file unless they are complete. Safe
// to repeat after any crash. A database in memory sets itself up.
func prepareDatabase(file string, setup func() error) error {
	if file == "" {
		return nil
	}
	if err := prepareFile(file, setup); err != nil {
		return &DatabaseError{File: file, Err: err}
	}
	return nil
}

func prepareFile(file string, setup func() error) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && !info.Mode().IsRegular() {
		return errors.New("it is not a file")
	}
	if err == nil && info.Size() > 0 {
		complete, err := schemaComplete(file)
		if err != nil || complete {
			return err
		}
		if err := setAside(file); err != nil {
			return err
		}
	}
	if err := setup(); err != nil {
		return err
	}
	return onDatabase(file, func(db *sql.DB) error {
		_, err := db.ExecContext(context.Background(), fmt.Sprintf("PRAGMA user_version = %d", schemaMark))
		return err
	})
}

func schemaComplete(file string) (complete bool, err error) {
	err = onDatabase(file, func(db *sql.DB) error {
		var version int
		if err := db.QueryRowContext(context.Background(), "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version > schemaMark {
			return fmt.Errorf("it was made by a newer version of the sandbox (mark %d, known is %d)", version, schemaMark)
		}
		complete = version == schemaMark
		return nil
	})
	return complete, err
}

func onDatabase(file string, do func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", "file:"+escapeDSN(file)+"?_pragma=busy_timeout=10000")
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// setAside renames a file whose schema never became complete; it is not deleted, for it might be
// somebody else's.
func setAside(file string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Rename(file+suffix, file+".incomplete"+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
