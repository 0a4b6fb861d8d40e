package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"

	msqlite "modernc.org/sqlite"
)

// connect makes the connections to the store's file. Once it is open they are to this file alone.
// SQLite would make an empty one in the place of one that was moved away, take the log beside it
// for an old one and delete it, and what had not been copied from there into the file would be lost.
func (s *DB) connect(dsn string) (*sql.DB, error) {
	if s.file != nil {
		dsn += "&mode=rw" // never made, even where it goes between a look and the opening
	}
	sqlite, err := msqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(&connector{sqlite, s}), nil
}

type connector struct {
	driver.Connector
	db *DB
}

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.db.present(); err != nil {
		return nil, err
	}
	return c.Connector.Connect(ctx)
}

// logHasItsFile refuses a write-ahead log without the file that it belongs to, which SQLite would
// delete. The log is looked at first: another process that makes a store makes the file first.
func logHasItsFile(path string) error {
	log := path + "-wal"
	if !holds(log) || holds(path) {
		return nil
	}
	return fmt.Errorf("it is missing or empty, and its write-ahead log %s, which holds what was written last, is not: put the file back beside it; "+
		"to begin anew, or with a backup, move the log away first", log)
}

// holds tells that there is something in a file, or that SQLite must say what is wrong with it.
func holds(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return info.Size() > 0
}
