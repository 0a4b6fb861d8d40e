package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"audienceflow/examples"
)

const (
	temporalFile    = "temporal.db"
	temporalLogFile = "temporal.log"
	storeFile       = "audienceflow.db"
	defaultFolder   = "data"
	simulatorFolder = "simulator"
	examplesFolder  = "examples"
	lockFile        = "sandbox.lock"
)

// folder is the data folder, held by this process alone.
type folder struct {
	path string
	lock *os.File
}

// openFolder makes the folder if needed and takes it; errors say what to do.
func openFolder(path string) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("-data %s: %w", path, err)
	}
	if err := os.MkdirAll(path, privateFolder); err != nil {
		return nil, explainDisk(path, err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|os.O_CREATE, privateFile)
	if err != nil {
		return nil, explainDisk(path, err)
	}
	if err := takeLock(lock); err != nil {
		holder, _ := os.ReadFile(lock.Name()) // without it the sentence is complete, too
		return nil, errors.Join(fmt.Errorf("another sandbox%s runs on %s: stop it, or choose another folder with -data", processName(holder), path), lock.Close())
	}
	if err := errors.Join(lock.Truncate(0), writeProcess(lock)); err != nil {
		return nil, errors.Join(explainDisk(path, err), lock.Close())
	}
	return &folder{path: path, lock: lock}, nil
}

func processName(holder []byte) string {
	if id := strings.TrimSpace(string(holder)); id != "" {
		return " (process " + id + ")"
	}
	return ""
}

func writeProcess(lock *os.File) error {
	_, err := lock.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	return err
}

// Close lets the folder go. The lock file stays: removing it would let two processes hold two files
// of one name.
func (f *folder) Close() error { return f.lock.Close() }

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// writeExamples puts the sample files into the folder and returns their place. A file that is as it
// should be is left alone, so that its time, and with it the age of its data, stays the same.
func (f *folder) writeExamples() (string, error) {
	target := f.file(examplesFolder)
	err := fs.WalkDir(examples.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(target, name), privateFolder))
		}
		content, err := examples.Files.ReadFile(name)
		if err != nil {
			return err
		}
		return writeUnlessSame(filepath.Join(target, name), content)
	})
	if err != nil {
		return "", explainDisk(f.path, err)
	}
	return target, nil
}

func writeUnlessSame(path string, content []byte) error {
	held, err := os.ReadFile(path)
	if err == nil && bytes.Equal(held, content) {
		return nil
	}
	return os.WriteFile(path, content, privateFile)
}

func explainDisk(path string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("no space left for %s: free some, or choose another folder with -data", path)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s cannot be written (%w): choose another folder with -data", path, err)
	default:
		return fmt.Errorf("the data folder %s cannot be used: %w", path, err)
	}
}
