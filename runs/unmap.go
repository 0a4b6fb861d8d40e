package runs

import (
	"fmt"
	"strings"
)

// UnmapPolicy says what becomes of the column where an audience is unmapped: it is cleared (also
// when empty), kept as it is, or a word is written into it: "write:WORD".
type UnmapPolicy string

// The policies, and how the one begins that names a word.
const (
	UnmapClear  UnmapPolicy = "clear"
	UnmapKeep   UnmapPolicy = "keep"
	unmapWrites             = "write:"
)

// Check reports whether it is a policy.
func (p UnmapPolicy) Check() error {
	if p == "" || p == UnmapClear || p == UnmapKeep || p.Word() != nil {
		return nil
	}
	return fmt.Errorf("%q is no policy: use clear, keep or write:WORD", string(p))
}

// Word is the word that is left in the column, if the policy names one.
func (p UnmapPolicy) Word() *string {
	word, ok := strings.CutPrefix(string(p), unmapWrites)
	word = strings.TrimSpace(word)
	if !ok || word == "" {
		return nil
	}
	return &word
}
