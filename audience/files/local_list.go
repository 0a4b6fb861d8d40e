package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"syscall"

	"audienceflow/audience"
)

// ListLocal lists a file, a folder with everything below it, or the matches of
// a pattern, as far as the roots allow.
func ListLocal(name string, r roots) (Listing, error) {
	l := Listing{Name: name}
	files, single, err := r.files(name)
	if err != nil {
		return l, err
	}
	var manifests []manifest
	for _, file := range files {
		if !single && mayManifest(file) {
			if m, ok := r.loadManifest(file); ok {
				manifests = append(manifests, m)
				continue
			}
		}
		p, err := r.part(file)
		if err != nil {
			return l, err
		}
		l.Parts = append(l.Parts, p)
	}
	wanted := func(string) bool { return true }
	if single || isPattern(name) {
		manifests = r.manifestsBeside(files)
		wanted = func(file string) bool {
			matched, err := filepath.Match(name, file)
			return file == name || err == nil && matched
		}
	}
	if err := l.checkManifests(manifests, wanted); err != nil {
		return l, err
	}
	return l, l.check()
}

// files gives the paths to read, sorted; single when name is one file.
func (r roots) files(name string) (files []string, single bool, err error) {
	info, err := r.stat(name)
	switch {
	case err == nil && info.IsDir():
		files, err = r.walk(name)
		return files, false, err
	case err == nil:
		return []string{name}, true, nil
	case !isPattern(name) || !isMissing(err):
		return nil, false, err
	}
	matches, err := r.glob(name)
	if err != nil {
		return nil, false, err
	}
	for _, match := range matches {
		info, err := r.stat(match)
		if err != nil {
			return nil, false, err
		}
		if !info.IsDir() {
			files = append(files, match)
			continue
		}
		below, err := r.walk(match)
		if err != nil {
			return nil, false, err
		}
		files = append(files, below...)
	}
	sort.Strings(files)
	return files, false, nil
}

func isMissing(err error) bool {
	var e *audience.SourceError
	return errors.As(err, &e) && e.Cause == audience.CauseMissing
}

// walk gives the data files below a folder, in the order of their paths.
func (r roots) walk(folder string) ([]string, error) {
	root, err := r.folder(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it is only read
	var files []string
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		whole := filepath.Join(folder, filepath.FromSlash(name))
		switch {
		case err != nil:
			return r.unopened(whole, err)
		case entry.IsDir() && name != "." && !isData(name):
			return fs.SkipDir
		case entry.IsDir() || !isData(name):
			return nil
		case len(files) > maxParts:
			return fs.SkipAll
		}
		files = append(files, whole)
		return nil
	})
	return files, err
}

func (r roots) part(name string) (Part, error) {
	info, err := r.stat(name)
	if err == nil {
		if err := regular(info, nil); err != nil {
			return Part{}, unseen(name, err)
		}
	}
	if err != nil {
		return Part{}, err
	}
	return Part{
		Name: name, Size: info.Size(), modified: info.ModTime(), asOf: exportTime(name),
		stamp: fmt.Sprintf("mtime=%d", info.ModTime().UnixNano()),
		Open: func(context.Context) (io.ReadCloser, error) {
			file, err := r.open(name)
			if err != nil {
				return nil, err
			}
			return file, nil
		},
	}, nil
}

// loadManifest reads a file that may be a manifest.
func (r roots) loadManifest(name string) (manifest, bool) {
	file, err := r.open(name)
	if err != nil {
		return manifest{}, false
	}
	defer func() { _ = file.Close() }() // it is only read
	data, err := io.ReadAll(io.LimitReader(file, maxManifestBytes+1))
	if err != nil || len(data) > maxManifestBytes {
		return manifest{}, false
	}
	return readManifest(name, data)
}

// manifestsBeside gives the manifests in the files' folders that name one of
// them.
func (r roots) manifestsBeside(files []string) []manifest {
	folders := map[string][]string{}
	for _, f := range files {
		folders[filepath.Dir(f)] = append(folders[filepath.Dir(f)], f)
	}
	var found []manifest
	for folder, inside := range folders {
		names, err := r.matches(folder, "manifest*.json")
		if err != nil {
			continue
		}
		for _, name := range names {
			if m, ok := r.loadManifest(name); ok && slices.ContainsFunc(inside, m.names) {
				found = append(found, m)
			}
		}
	}
	return found
}

// unseen names host and path: the starter may see what the worker does not.
func unseen(path string, err error) error {
	e := &audience.SourceError{Cause: audience.CauseRead, Source: path}
	switch {
	case errors.Is(err, errNotRegular), errors.Is(err, errKernelFile):
		e.Cause = audience.CauseForbidden
		e.Message = fmt.Sprintf("the worker on %s reads regular files, and %v; give the path of an export", Host(), err)
	case errors.Is(err, fs.ErrNotExist):
		e.Cause = audience.CauseMissing
		e.Message = fmt.Sprintf("there is no such file on %s, where the worker runs; put it there, or give a path that the worker can see", Host())
	case errors.Is(err, fs.ErrPermission):
		e.Cause = audience.CauseForbidden
		e.Message = fmt.Sprintf("the worker on %s may not read the file; give its user the right to read it", Host())
	default:
		e.Message = fmt.Sprintf("the worker on %s cannot read it", Host())
		e.Err = SystemError(err)
	}
	return e
}

// Host names this host, for whoever has to find a file on it.
func Host() string {
	name, err := os.Hostname()
	if err != nil {
		return "an unnamed host"
	}
	return name
}

// SystemError gives the system's own reason for a failure, if it is one: the
// texts of libraries and services may quote what they were given.
func SystemError(err error) error {
	var number syscall.Errno
	switch {
	case errors.As(err, &number):
		return number
	case os.IsTimeout(err):
		return os.ErrDeadlineExceeded
	}
	return nil
}
