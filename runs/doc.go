// Package runs holds the words and the numbers that all packages share about runs: what a run is,
// how it stands, what became of its rows, how many of them there are, and what reading back has
// found. The store counts, workflows and activities carry the counts, the starter shows them; none
// of them has a count of its own. It is pure data and knows no other package.
package runs
