package temporal

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHalfMadeSchemaIsMadeAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	killed := errors.New("killed half-way")
	halfWay := func() error { return errors.Join(makeTable(file, "first"), killed) }
	setups := 0
	whole := func() error { setups++; return errors.Join(makeTable(file, "first"), makeTable(file, "second")) }

	require.ErrorIs(t, prepareDatabase(file, halfWay), killed)
	require.NoError(t, prepareDatabase(file, whole))
	require.NoError(t, prepareDatabase(file, whole))

	require.Equal(t, 1, setups, "a complete schema is left alone")
	require.FileExists(t, file+".incomplete")
}

func TestNewerFileIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	require.NoError(t, prepareDatabase(file, func() error { return makeTable(file, "any") }))
	require.NoError(t, onDatabase(file, func(db *sql.DB) error {
		_, err := db.Exec("PRAGMA user_version = 99")
		return err
	}))

	err := prepareDatabase(file, func() error { return nil })

	require.ErrorContains(t, err, "newer version of the sandbox")
}

func TestDatabaseErrorSaysWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		cause    error
		expected string
	}{
		{fmt.Errorf("write: %w", syscall.ENOSPC), "free some, or choose another folder"},
		{errors.New("database or disk is full (13)"), "free some, or choose another folder"},
		{fmt.Errorf("open: %w", os.ErrPermission), "choose a folder that is yours"},
		{errors.New("file is not a database"), "move it away to start with a new one"},
	} {
		text := (&DatabaseError{File: "x/temporal.db", Err: tt.cause}).Error()
		require.Contains(t, text, tt.expected)
		require.Contains(t, text, "x/temporal.db")
	}
}

func makeTable(file, name string) error {
	return onDatabase(file, func(db *sql.DB) error {
		_, err := db.Exec("CREATE TABLE " + name + " (id INTEGER)")
		return err
	})
}
