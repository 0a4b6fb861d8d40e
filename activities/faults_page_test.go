package activities

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the tables of docs/faults.md from what is seen")

// shortShare is one more than the cells that -short leaves out for each that it tries.
const shortShare = 27

// Tried tells whether a cell is tried. With -short each step is tried with one of the faults or
// two.
func Tried(step, fault int) bool { return !testing.Short() || (step+fault)%shortShare == 0 }

// FaultsTable compares what was seen with the table below a heading of docs/faults.md: seen has a
// row for each step, a cell for each fault, and nothing in those that were not tried. With -update
// it writes the table instead.
func FaultsTable(t *testing.T, heading string, steps []string, seen [][]string) {
	t.Helper()
	path := filepath.Join("..", "docs", "faults.md")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), "\n## "+heading+"\n")
	require.True(t, found, "docs/faults.md has no part %q", heading)
	text, table, found := strings.Cut(rest, "\n|")
	require.True(t, found)
	table, after, _ := strings.Cut(table, "\n\n")
	was := strings.Split("|"+strings.TrimRight(table, "\n"), "\n")
	now := faultsLines(steps, seen)
	if *update {
		require.False(t, testing.Short(), "-short does not see everything")
		page := before + "\n## " + heading + "\n" + text + "\n" + strings.Join(now, "\n") + "\n\n" + after
		require.NoError(t, os.WriteFile(path, []byte(strings.TrimRight(page, "\n")+"\n"), 0o644))
		return
	}
	const help = "run go test ./activities -run 'Fault|Whatever' -update"
	require.Len(t, was, len(now), help)
	for n, line := range now {
		known, cells := strings.Split(was[n], "|"), strings.Split(line, "|")
		require.Len(t, known, len(cells), help)
		for i, cell := range cells {
			if strings.TrimSpace(cell) == "" {
				cells[i] = known[i] // it was not tried
			}
		}
		require.Equal(t, strings.Join(known, "|"), strings.Join(cells, "|"), help)
	}
}

func faultsLines(steps []string, seen [][]string) []string {
	lines := []string{"| fault | " + strings.Join(steps, " | ") + " |", "|" + strings.Repeat(" --- |", len(steps)+1)}
	for n, fault := range TableFaults() {
		line := "| " + fault.Name + " |"
		for i := range steps {
			line += " " + seen[i][n] + " |"
		}
		lines = append(lines, line)
	}
	return lines
}
