package sqldb

import (
	"fmt"
	"os"
)

// Damaged says that what the store holds cannot be read: trying again does not help, a backup does.
type Damaged struct {
	What  string // and where; never what it holds
	cause error  // which may quote what it holds
}

func (e *Damaged) Error() string {
	return e.What + " cannot be read: restore a backup of the store"
}

func (e *Damaged) Unwrap() error { return e.cause }

// AsDamaged is a *Damaged error for one of a parser; nil for nil.
func AsDamaged(what string, err error) error {
	if err == nil {
		return nil
	}
	return &Damaged{What: what, cause: err}
}

// Gone says that the file of a SQLite store is not in its place any more. What is written to it
// from then on nobody will find.
type Gone struct{ Path string }

func (e *Gone) Error() string {
	return fmt.Sprintf("the store's file %s was deleted, or another one was put in its place, while it was in use: stop all programs that use it, "+
		"put it or its backup back, and start them again", e.Path)
}

// present is a *Gone error when the file that is written to is not the one at the store's path.
func (s *DB) present() error {
	if s.file == nil {
		return nil
	}
	info, err := os.Stat(s.path)
	if os.IsNotExist(err) || err == nil && !os.SameFile(info, s.file) {
		return &Gone{s.path}
	}
	return nil // whatever else there is, the database will tell
}
