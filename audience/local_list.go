package audience

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
	"strings"
)

// listLocal lists a file, a folder with everything below it, or the matches of
// a pattern, as far as the roots allow.
func listLocal(name string, roots []string) (listing, error) {
	l := listing{name: name}
	files, single, err := localFiles(name, roots)
	if err != nil {
		return l, err
	}
	var manifests []manifest
	for _, file := range files {
		if !single && mayManifest(file) {
			if m, ok := loadManifest(file); ok {
				manifests = append(manifests, m)
				continue
			}
		}
		p, err := localPart(file, roots)
		if err != nil {
			return l, err
		}
		l.parts = append(l.parts, p)
	}
	wanted := func(string) bool { return true }
	if single || isPattern(name) {
		manifests = manifestsBeside(files)
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

// localFiles gives the paths to read, sorted; single when name is one file.
func localFiles(name string, roots []string) (files []string, single bool, err error) {
	if err := checkRoots(patternBase(name), roots); err != nil {
		return nil, false, err
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		files, err = walkFiles(name)
		return files, false, err
	case err == nil:
		return []string{name}, true, nil
	case !isPattern(name) || !errors.Is(err, fs.ErrNotExist):
		return nil, false, unseen(name, err)
	}
	matches, err := filepath.Glob(name)
	if err != nil {
		return nil, false, unseen(name, err)
	}
	for _, match := range matches {
		info, err := os.Stat(match)
		if err != nil {
			return nil, false, unseen(match, err)
		}
		if !info.IsDir() {
			files = append(files, match)
			continue
		}
		below, err := walkFiles(match)
		if err != nil {
			return nil, false, err
		}
		files = append(files, below...)
	}
	sort.Strings(files)
	return files, false, nil
}

// walkFiles gives the data files below a folder, in the order of their paths.
func walkFiles(folder string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return unseen(name, err)
		case entry.IsDir() && name != folder && !isData(name):
			return fs.SkipDir
		case entry.IsDir() || !isData(name):
			return nil
		case len(files) > maxParts:
			return fs.SkipAll
		}
		files = append(files, name)
		return nil
	})
	return files, err
}

func localPart(name string, roots []string) (part, error) {
	if err := checkRoots(name, roots); err != nil {
		return part{}, err
	}
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return part{}, unseen(name, err)
	}
	return part{
		name: name, size: info.Size(), modified: info.ModTime(), asOf: exportTime(name),
		stamp: fmt.Sprintf("mtime=%d", info.ModTime().UnixNano()),
		open: func(context.Context) (io.ReadCloser, error) {
			file, err := os.Open(name)
			if err != nil {
				return nil, unseen(name, err)
			}
			return file, nil
		},
	}, nil
}

// isPattern tells whether a path has wildcards.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// patternBase is the folder that all matches of a pattern are below.
func patternBase(name string) string {
	for isPattern(name) {
		name = filepath.Dir(name)
	}
	return name
}

// loadManifest reads a file that may be a manifest.
func loadManifest(name string) (manifest, bool) {
	info, err := os.Stat(name)
	if err != nil || info.Size() > maxManifestBytes {
		return manifest{}, false
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return manifest{}, false
	}
	return readManifest(name, data)
}

// manifestsBeside gives the manifests in the files' folders that name one of
// them.
func manifestsBeside(files []string) []manifest {
	folders := map[string][]string{}
	for _, f := range files {
		folders[filepath.Dir(f)] = append(folders[filepath.Dir(f)], f)
	}
	var found []manifest
	for folder, inside := range folders {
		names, err := filepath.Glob(filepath.Join(escapePattern(folder), "manifest*.json"))
		if err != nil {
			continue
		}
		for _, name := range names {
			if m, ok := loadManifest(name); ok && slices.ContainsFunc(inside, m.names) {
				found = append(found, m)
			}
		}
	}
	return found
}

func escapePattern(folder string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(folder)
}

// unseen names host and path: the starter may see what the worker does not.
func unseen(path string, err error) error {
	e := &SourceError{Cause: CauseRead, Source: path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Cause = CauseMissing
		e.Message = fmt.Sprintf("there is no such file on %s, where the worker runs; put it there, or give a path that the worker can see", host())
	case errors.Is(err, fs.ErrPermission):
		e.Cause = CauseForbidden
		e.Message = fmt.Sprintf("the worker on %s may not read the file; give its user the right to read it", host())
	default:
		e.Message = fmt.Sprintf("the worker on %s cannot read it", host())
		e.Err = pathCause(err)
	}
	return e
}

func host() string {
	name, err := os.Hostname()
	if err != nil {
		return "an unnamed host"
	}
	return name
}
