package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	privateFile   = 0o600
	privateFolder = 0o700
)

// keepPrivate takes the rights of others from all files of the data folder and its folders: they
// name people. From the folder itself too, unless it is where the sandbox was started, or above it.
func (f *folder) keepPrivate() error {
	return filepath.WalkDir(f.path, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			return nil // gone by now, or somebody else's
		case err != nil:
			return err
		case path == f.path:
			if f.apart() {
				return restrict(path, privateFolder)
			}
		case !sandboxOwns(f.path, path):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir():
			return restrict(path, privateFolder)
		case entry.Type().IsRegular():
			return restrict(path, privateFile)
		}
		return nil
	})
}

// apart reports whether the data folder is neither everybody's, like /tmp, nor the working folder,
// nor one above it.
func (f *folder) apart() bool {
	info, err := os.Stat(f.path)
	if err != nil || info.Mode()&fs.ModeSticky != 0 {
		return false
	}
	here, err := os.Getwd()
	if err != nil {
		return false
	}
	down, err := filepath.Rel(f.path, here)
	return err != nil || !filepath.IsLocal(down)
}

// ownNames match what the sandbox puts into its data folder.
var ownNames = [...]string{
	temporalFile + "*", temporalLogFile, storeFile + "*", simulatorFolder, examplesFolder, lockFile,
}

func sandboxOwns(folder, path string) bool {
	below, err := filepath.Rel(folder, path)
	if err != nil {
		return false
	}
	first := below
	for parent := filepath.Dir(first); parent != "."; parent = filepath.Dir(first) {
		first = parent
	}
	for _, pattern := range ownNames {
		if match, err := filepath.Match(pattern, first); err == nil && match {
			return true
		}
	}
	return false
}

// restrict takes away the rights beyond the given ones. What is gone, or somebody else's, is left
// alone.
func restrict(path string, most fs.FileMode) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Mode().Perm()&^most == 0 {
		return err
	}
	err = os.Chmod(path, info.Mode().Perm()&most)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
