package dynamics

import (
	"sort"
	"strings"
)

const (
	maxSuggestions = 3
	// A name is near another if at most a third of it differs.
	nearShare = 3
)

// suggest gives the logical names of columns whose logical or display name is near.
func (t *Table) suggest(name string) []string {
	var names []string
	byAlias := map[string]string{}
	for _, a := range t.all {
		if a.checkTarget() != nil {
			continue
		}
		for _, alias := range append([]string{a.LogicalName}, a.labels...) {
			alias = strings.ToLower(alias)
			if _, taken := byAlias[alias]; !taken {
				byAlias[alias] = a.LogicalName
				names = append(names, alias)
			}
		}
	}
	var found []string
	seen := map[string]bool{}
	for _, alias := range nearest(strings.ToLower(name), names) {
		if logical := byAlias[alias]; !seen[logical] {
			seen[logical] = true
			found = append(found, logical)
		}
	}
	return found
}

// nearest gives the few names that differ least from name, if they are near at all.
func nearest(name string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, n := range names {
		d := editDistance(name, n)
		if d <= max(2, len(name)/nearShare) || len(name) >= 4 && strings.Contains(n, name) {
			near = append(near, candidate{n, d})
		}
	}
	sort.SliceStable(near, func(i, j int) bool { return near[i].distance < near[j].distance })
	var found []string
	for _, c := range near[:min(len(near), maxSuggestions)] {
		found = append(found, c.name)
	}
	return found
}

// editDistance counts the letters to insert, delete, replace, or swap with their neighbour.
func editDistance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
