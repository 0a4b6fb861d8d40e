package files

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"audienceflow/audience"
)

// kernelFolders hold files in name only: what the system and its processes say of themselves,
// secrets in environments among it.
var kernelFolders = []string{"/proc", "/sys", "/dev"}

// CheckRoots says what is wrong with the folders that SOURCE_ROOTS lists, nil for nothing.
func CheckRoots(folders []string) error {
	var problems []error
	for _, folder := range folders {
		if !usableRoot(absolute(strings.TrimSpace(folder))) {
			problems = append(problems, fmt.Errorf("SOURCE_ROOTS: %q cannot be a folder of sources, nor can /, /proc, /sys and /dev; "+
				"list the folders that exports arrive in", folder))
		}
	}
	return errors.Join(problems...)
}

// usableRoot tells whether sources may stand below an absolute path.
func usableRoot(folder string) bool {
	if filepath.Dir(folder) == folder {
		return false
	}
	for _, kernel := range kernelFolders {
		if _, inside := insideOf(kernel, folder); inside {
			return false
		}
	}
	return true
}

// roots are the folders that local sources may be read from, links followed.
type roots struct {
	folders []string
	set     []string // SOURCE_ROOTS, nil where it is not set
}

// RootsFor gives the folders of SOURCE_ROOTS; without any, the activation file's own and the
// working folder.
func RootsFor(a audience.Activation, set []string) roots {
	r := roots{set: set}
	folders := set
	if len(set) == 0 {
		folders = []string{"."}
		if filepath.IsAbs(a.Folder) {
			folders = []string{a.Folder, "."}
		}
	}
	for _, folder := range folders {
		folder = strings.TrimSpace(folder)
		real, err := filepath.EvalSymlinks(absolute(folder))
		if err == nil && folder != "" && usableRoot(real) {
			r.folders = append(r.folders, real)
		}
	}
	return r
}

// absolute takes a path that is given relative to the working folder.
func absolute(path string) string {
	whole, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	return whole
}

// resolved follows the links of a path as far as there is something to follow.
func resolved(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return real
	}
	folder := filepath.Dir(path)
	if folder == path {
		return path
	}
	return filepath.Join(resolved(folder), filepath.Base(path))
}

// insideOf gives the way from a folder to a path in it.
func insideOf(folder, path string) (way string, inside bool) {
	way, err := filepath.Rel(folder, path)
	return way, err == nil && filepath.IsLocal(way)
}

// refusal says that a path is outside of the roots, and the line that would allow it. It does not
// tell whether there is anything at that path.
func (r roots) refusal(path string) error {
	folders := strings.Join(r.folders, " and ")
	if folders == "" {
		folders = "no folder"
	}
	return &audience.SourceError{Cause: audience.CauseForbidden, Source: path, Message: fmt.Sprintf(
		"the worker on %s reads local sources from %s and what is below, and this path leads elsewhere; %s", Host(), folders, r.way(path))}
}

// way says what makes a refused path readable.
func (r roots) way(path string) string {
	const move = "move the file there"
	path = absolute(patternBase(path))
	folder := filepath.Dir(path)
	if !usableRoot(folder) {
		folder = path
	}
	if !usableRoot(folder) {
		return move + "; nothing is ever read from /, /proc, /sys and /dev"
	}
	line := strings.Join(append(append([]string{}, r.set...), folder), ",")
	return fmt.Sprintf("%s, or set in the worker's environment: SOURCE_ROOTS=%s", move, line)
}

// rooted is a file or folder that is reached through one of the roots: whatever happens to links
// meanwhile, the operating system does not leave that root.
type rooted struct {
	root *os.Root
	way  string
}

// enter finds the root that a path is in. The caller closes the root.
func (r roots) enter(path string) (rooted, error) {
	real := resolved(absolute(path))
	for _, folder := range r.folders {
		way, inside := insideOf(folder, real)
		if !inside {
			continue
		}
		root, err := os.OpenRoot(folder)
		if err != nil {
			return rooted{}, unseen(path, err)
		}
		return rooted{root: root, way: way}, nil
	}
	return rooted{}, r.refusal(path)
}
