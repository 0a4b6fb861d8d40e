package storetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fill makes the files of a new server. To make them anew takes longer than most tests, so a copy
// is kept in the user's folder for caches, as Go keeps there what it has built, and copied.
func (s *Server) fill(ctx context.Context) error {
	kept, err := s.kept()
	if err != nil {
		return s.initdb(ctx) // there is no such folder
	}
	if _, err := os.Stat(kept); err == nil {
		return s.copyFrom(kept)
	}
	if err := s.initdb(ctx); err != nil {
		return err
	}
	keep(s.data(), kept)
	return nil
}

// kept is where the copy is: one for each program that may make it.
func (s *Server) kept() (string, error) {
	folder, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	initdb, err := os.Stat(filepath.Join(s.bin, "initdb"))
	if err != nil {
		return "", err
	}
	name := strings.ReplaceAll(strings.Trim(s.bin, "/"), "/", "-")
	return filepath.Join(folder, "audienceflow", fmt.Sprintf("%s-%d", name, initdb.ModTime().Unix())), nil
}

// keep puts a copy of a server's files there, at once or not at all: the next server is made
// without it then, as this one was.
func keep(data, kept string) {
	folder := filepath.Dir(kept)
	if os.MkdirAll(folder, 0o700) != nil {
		return
	}
	making, err := os.MkdirTemp(folder, "making")
	if err != nil {
		return
	}
	whole := filepath.Join(making, "data")
	if os.CopyFS(whole, os.DirFS(data)) == nil {
		_ = os.Rename(whole, kept) // another test program may have been first
	}
	_ = os.RemoveAll(making)
}

func (s *Server) copyFrom(kept string) error {
	if err := os.CopyFS(s.data(), os.DirFS(kept)); err != nil {
		return fmt.Errorf("copy %s: %w", kept, err)
	}
	return filepath.WalkDir(s.data(), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(path, 0o700) // PostgreSQL insists
		}
		if err == nil && s.owner != nil {
			owner := s.owner.Credential
			err = os.Chown(path, int(owner.Uid), int(owner.Gid))
		}
		return err
	})
}

func (s *Server) initdb(ctx context.Context) error {
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", s.data(), "-U", "postgres",
		"-A", "trust", "-E", "UTF8", "--locale=C", "-N", "--wal-segsize=1")
	initdb.SysProcAttr, initdb.Dir = s.owner, s.dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w", errors.Join(err, errors.New(string(out))))
	}
	return nil
}
