package audience

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// localFile is a source file on this host, pinned by size and modification
// time.
type localFile struct {
	path string
	info fs.FileInfo
	file *os.File
}

// openLocal opens the file at an absolute path that the roots allow.
func openLocal(path string, roots []string) (*localFile, error) {
	if err := checkRoots(path, roots); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unseen(path, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return nil, errors.Join(unseen(path, err), file.Close())
	}
	return &localFile{path: path, info: info, file: file}, nil
}

// identity is comparable between attempts and hosts that share the file.
func (f *localFile) identity() string { return identityOf(f.info) }

func identityOf(info fs.FileInfo) string {
	return fmt.Sprintf("size=%d mtime=%d", info.Size(), info.ModTime().UnixNano())
}

func (f *localFile) asOf() time.Time { return f.info.ModTime().UTC().Truncate(time.Microsecond) }

// unchanged checks that the path still leads to the file as it was opened.
func (f *localFile) unchanged() error {
	info, err := os.Stat(f.path)
	if err == nil && identityOf(info) == f.identity() {
		return nil
	}
	return &SourceError{Cause: CauseChanged, Source: f.path,
		Message: "the file changed while it was read; start again when it is complete"}
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

// checkRoots refuses a path outside the allowed folders, links followed.
func checkRoots(path string, roots []string) error {
	if len(roots) == 0 {
		return nil
	}
	refusal := &SourceError{Cause: CauseForbidden, Source: path, Message: fmt.Sprintf(
		"the worker on %s reads local files below %s only (SOURCE_ROOTS); move the file there, or add its folder", host(), strings.Join(roots, ", "))}
	if !filepath.IsAbs(path) || !below(filepath.Clean(path), roots, filepath.Clean) {
		return refusal
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return unseen(path, err)
	}
	if !below(real, roots, resolved) {
		return refusal
	}
	return nil
}

func resolved(root string) string {
	if real, err := filepath.EvalSymlinks(root); err == nil {
		return real
	}
	return filepath.Clean(root)
}

func below(path string, roots []string, clean func(string) string) bool {
	for _, root := range roots {
		if root == "" {
			continue
		}
		inside, err := filepath.Rel(clean(root), path)
		if err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
			return true
		}
	}
	return false
}
