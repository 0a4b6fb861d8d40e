package simulator

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// collate compares texts as the database does: without case, signs before digits before letters.
// That is as much of SQL Server's collation as orderings that clients see depend on.
func collate(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	for a != "" && b != "" {
		x, sizeX := utf8.DecodeRuneInString(a)
		y, sizeY := utf8.DecodeRuneInString(b)
		if x != y {
			return cmp.Or(cmp.Compare(class(x), class(y)), cmp.Compare(x, y))
		}
		a, b = a[sizeX:], b[sizeY:]
	}
	return cmp.Compare(len(a), len(b))
}

func class(r rune) int {
	switch {
	case unicode.IsLetter(r):
		return 2
	case unicode.IsDigit(r):
		return 1
	default:
		return 0
	}
}
