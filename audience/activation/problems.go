package activation

import (
	"fmt"
	"sort"
	"strings"
)

// Problem is one thing wrong in an activation file.
type Problem struct {
	// Line is 1-based; 0 when the problem has no line.
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// FileError holds every problem of an activation file.
type FileError struct {
	Path     string
	Problems []Problem
}

// Error prints one line per problem: `file:line: message`.
func (e *FileError) Error() string {
	lines := make([]string, 0, len(e.Problems))
	for _, p := range e.Problems {
		if p.Line > 0 {
			lines = append(lines, fmt.Sprintf("%s:%d: %s", e.Path, p.Line, p.Message))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %s", e.Path, p.Message))
	}
	return strings.Join(lines, "\n")
}

// add notes a problem.
func (e *FileError) add(line int, format string, args ...any) {
	e.Problems = append(e.Problems, Problem{Line: line, Message: fmt.Sprintf(format, args...)})
}

// orNil sorts the problems by line, drops repeated ones and gives the error,
// or nil when there is none.
func (e *FileError) orNil() error {
	if len(e.Problems) == 0 {
		return nil
	}
	sort.SliceStable(e.Problems, func(i, j int) bool { return e.Problems[i].Line < e.Problems[j].Line })
	kept := e.Problems[:0]
	seen := map[Problem]bool{}
	for _, p := range e.Problems {
		if !seen[p] {
			seen[p] = true
			kept = append(kept, p)
		}
	}
	e.Problems = kept
	return e
}
