package files

import (
	"path/filepath"
	"slices"
	"strings"
)

// isPattern tells whether a path has wildcards.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// patternBase is the folder that all matches of a pattern are below.
func patternBase(name string) string {
	for isPattern(name) {
		name = filepath.Dir(name)
	}
	return name
}

// glob gives what matches a pattern, sorted. A folder on the way that cannot be listed is an error:
// files would be missing in silence.
func (r roots) glob(pattern string) ([]string, error) {
	base := patternBase(pattern)
	rest, err := filepath.Rel(base, pattern)
	if err != nil {
		return nil, unseen(pattern, err)
	}
	found := []string{base}
	for _, step := range strings.Split(rest, string(filepath.Separator)) {
		var next []string
		for _, folder := range found {
			matches, err := r.matches(folder, step)
			if err != nil {
				return nil, err
			}
			next = append(next, matches...)
		}
		found = next
	}
	slices.Sort(found)
	return found, nil
}

// matches gives the entries of a folder whose names match; none where it is no folder.
func (r roots) matches(folder, pattern string) ([]string, error) {
	info, err := r.stat(folder)
	switch {
	case isMissing(err), err == nil && !info.IsDir():
		return nil, nil
	case err != nil:
		return nil, err
	}
	root, err := r.folder(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it is only read
	list, err := root.Open(".")
	if err != nil {
		return nil, unseen(folder, err)
	}
	defer func() { _ = list.Close() }() // it is only read
	names, err := list.Readdirnames(-1)
	if err != nil {
		return nil, unseen(folder, err)
	}
	var found []string
	for _, name := range names {
		matched, err := filepath.Match(pattern, name)
		if err != nil {
			return nil, unseen(filepath.Join(folder, pattern), err)
		}
		if matched {
			found = append(found, filepath.Join(folder, name))
		}
	}
	return found, nil
}
