package audience

import (
	"fmt"
	"path/filepath"
	"strings"
)

// checkRoots refuses a path outside the allowed folders, links followed.
func checkRoots(path string, roots []string) error {
	if len(roots) == 0 {
		return nil
	}
	refusal := &SourceError{Cause: CauseForbidden, Source: path, Message: fmt.Sprintf(
		"the worker on %s reads local files below %s only (SOURCE_ROOTS); move the file there, or add its folder", host(), strings.Join(roots, ", "))}
	if !filepath.IsAbs(path) || !below(filepath.Clean(path), roots, absolute) {
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

// absolute takes a root that is given relative to the working folder.
func absolute(root string) string {
	whole, err := filepath.Abs(root)
	if err != nil {
		return filepath.Clean(root)
	}
	return whole
}

func resolved(root string) string {
	if real, err := filepath.EvalSymlinks(absolute(root)); err == nil {
		return real
	}
	return absolute(root)
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
