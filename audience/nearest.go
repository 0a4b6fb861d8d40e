package audience

import "strings"

// Nearest gives the known word closest to word, or "" when none is close. It
// compares without case, so that a wrong capital is always recognised.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, bestDistance := "", 1+len(word)/3
	for _, k := range known {
		if d := editDistance(word, strings.ToLower(k), bestDistance+1); d < bestDistance+1 && (best == "" || d < bestDistance) {
			best, bestDistance = k, d
		}
	}
	return best
}

// maxSuggestLength bounds the cost of comparing: longer words are no typing
// errors of ours.
const maxSuggestLength = 64

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b; anything from limit on is given as limit.
func editDistance(a, b string, limit int) int {
	if len(a) > maxSuggestLength || len(b) > maxSuggestLength {
		return limit
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return min(rows[len(a)][len(b)], limit)
}
