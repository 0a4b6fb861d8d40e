package sqldb

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFileThatWasMovedAwayIsNotMadeAnew: an empty file in its place would take the log of the
// moved one with it, and all that was written last.
func TestAFileThatWasMovedAwayIsNotMadeAnew(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(t *testing.T, db *DB) error{
		"it is read":           func(t *testing.T, db *DB) error { return readBeside(t, db, readers) },
		"it is written":        func(t *testing.T, db *DB) error { return book(t, db, "later") },
		"a backup is made":     func(t *testing.T, db *DB) error { return db.Backup(t.Context(), filepath.Join(t.TempDir(), "copy.db")) },
		"it is scrubbed":       func(t *testing.T, db *DB) error { return errors.Join(db.vacuum(t.Context()), book(t, db, "later")) },
		"it is examined":       func(t *testing.T, db *DB) error { return db.examine(t.Context()) },
		"it is looked through": func(t *testing.T, db *DB) error { return db.CheckIntegrity(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "store.db")
			db := openAt(t, path)
			require.NoError(t, book(t, db, "first"))
			require.NoError(t, os.Rename(path, path+".away"))

			require.ErrorAs(t, use(t, db), new(*Gone))
			require.NoFileExists(t, path)
			require.NoError(t, os.Rename(path+".away", path))
			require.Equal(t, []string{"first"}, booked(t, openAt(t, asKilled(t, path))))
		})
	}
}

// TestALogWithoutItsFileIsKept: of the two files, a move or a removal has taken one.
func TestALogWithoutItsFileIsKept(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(path string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
	} {
		for _, readOnly := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				whole := filepath.Join(t.TempDir(), "store.db")
				db := openAt(t, whole)
				require.NoError(t, book(t, db, "first"))
				path := asKilled(t, whole)
				require.NoError(t, lose(path))

				_, err := Open(t.Context(), "sqlite:"+path, schema, Options{ReadOnly: readOnly})
				require.ErrorContains(t, err, path+"-wal")
				require.ErrorContains(t, err, "put the file back beside it")
				copyFile(t, whole, path)
				require.Equal(t, []string{"first"}, booked(t, openAt(t, path)))
			})
		}
	}
}

func openAt(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), "sqlite:"+path, schema, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() }) // its file may be elsewhere
	return db
}

func book(t *testing.T, db *DB, value string) error {
	t.Helper()
	return db.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO store_info (name, value) VALUES (?, 'booked')`, value)
		return err
	})
}

func booked(t *testing.T, db *DB) (names []string) {
	t.Helper()
	require.NoError(t, db.QueryEach(t.Context(), `SELECT name FROM store_info WHERE value = 'booked'`, nil, Column(&names)))
	return names
}

// readBeside reads on as many connections at a time.
func readBeside(t *testing.T, db *DB, connections int) error {
	t.Helper()
	return db.QueryEach(t.Context(), `SELECT 1`, nil, func(*sql.Rows) error {
		if connections == 1 {
			return nil
		}
		return readBeside(t, db, connections-1)
	})
}

// asKilled copies what a process that is killed leaves of its store.
func asKilled(t *testing.T, path string) (copied string) {
	t.Helper()
	copied = filepath.Join(t.TempDir(), "store.db")
	copyFile(t, path, copied)
	copyFile(t, path+"-wal", copied+"-wal")
	return copied
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, content, privateFile))
}
