package sqldb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The store holds personal data: its files are their owner's alone, and so are folders that are
// made for it.
const (
	privateFile   = 0o600
	privateFolder = 0o700
)

// beside are the endings of all files of a SQLite store.
var beside = [...]string{"", "-wal", "-shm", "-next", "-turn"}

// keepPrivate takes the rights of others from the files of a store, and from its folder if there is
// nothing else in it. SQLite gives the files beside the database the database's own rights. What
// belongs to somebody else is left to them.
func keepPrivate(path string) error {
	for _, ending := range beside {
		if err := restrict(path+ending, privateFile); err != nil {
			return err
		}
	}
	folder := filepath.Dir(path)
	if !onlyOurs(folder, filepath.Base(path)) {
		return nil
	}
	return restrict(folder, privateFolder)
}

// restrict takes away the rights beyond the given ones; what is not there, or not ours, has none to
// take.
func restrict(path string, most fs.FileMode) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rights := info.Mode().Perm()
	if rights&^most == 0 {
		return nil
	}
	err = os.Chmod(path, rights&most)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// onlyOurs reports whether a folder holds the files of one store and nothing else. The working
// folder is never ours.
func onlyOurs(folder, name string) bool {
	here, err := os.Stat(".")
	if err != nil {
		return false
	}
	if info, err := os.Stat(folder); err != nil || os.SameFile(here, info) {
		return false
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), name) {
			return false
		}
	}
	return true
}
