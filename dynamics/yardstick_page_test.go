package dynamics

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var updatePages = flag.Bool("update-limits", false, "write the tables of docs/limits.md from what is measured")

const (
	limitsPage = "limits.md"
	// scatter is by how much a figure of the page may differ from what is measured: processes and
	// servers meet by chance.
	scatter = 0.35
)

// What is reached; the goals stand in docs/limits.md, and what is behind them.
const (
	medianReached = 1.10
	worstReached  = 1.40
	startReached  = 1.40 // of a tenth of a window
	edgeReached   = 2.50 // where a little more than the budget puts the rest off for a window
)

// reached is the most that a cell's ratio may be.
func (m measured) reached() float64 {
	switch {
	case m.onEdge():
		return edgeReached
	case m.windows < 0.5:
		return startReached
	}
	return worstReached
}

// onEdge is true where the job is so nearly a whole number of budgets that a few requests more, or a
// few that waited in a server, take it to the next window: there it comes by chance.
func (m measured) onEdge() bool {
	whole := m.windows == math.Trunc(m.windows) || m.windows == 0.9
	return whole && (m.bound.name == "requests" || strings.HasPrefix(m.bound.name, "time"))
}

// TestTimeToFinish does a job of every size at every destination, in virtual time, and keeps the
// tables of docs/limits.md. With -v it prints each cell.
func TestTimeToFinish(t *testing.T) {
	var ratios []float64
	for _, processes := range []int{1, 2} {
		lines := tableHead()
		for _, b := range bounds {
			for _, servers := range []int{1, 2, 4} {
				line := fmt.Sprintf("| %s | %d |", b.name, servers)
				for _, windows := range sizesOfJobs {
					if testing.Short() && float64(servers)*windows > 1 {
						line += " |" // many requests, much to compute
						continue
					}
					m := cell{b, servers, processes, windows}.measure(t)
					t.Log(m)
					m.check(t)
					ratios = append(ratios, m.ratio())
					line += m.entry()
				}
				lines = append(lines, line)
			}
		}
		keepTable(t, map[int]string{1: "One process", 2: "Two processes"}[processes], lines)
	}
	slices.Sort(ratios)
	median, worst := ratios[len(ratios)/2], ratios[len(ratios)-1]
	t.Logf("%d cells: median %.2f, worst %.2f", len(ratios), median, worst)
	require.LessOrEqual(t, median, medianReached)
}

// check holds a cell against what is reached everywhere.
func (m measured) check(t *testing.T) {
	assert.LessOrEqual(t, m.ratio(), m.reached(), m)
	assert.LessOrEqual(t, m.refused, m.refusable(), m)
	assert.Zero(t, m.early, "sent inside a Retry-After: %s", m)
}

// entry is a cell of the page's table.
func (m measured) entry() string {
	if m.onEdge() && m.ratio() > worstReached {
		return fmt.Sprintf(" *%.2f* |", m.ratio())
	}
	return fmt.Sprintf(" %.2f |", m.ratio())
}

func (m measured) String() string {
	return fmt.Sprintf("%-50s %6d requests in %6.1f s, least %6.1f s, ratio %.2f; refused %d of %d tolerable, %d early",
		m.cell, m.requests, m.took.Seconds(), m.least.Seconds(), m.ratio(), m.refused, m.refusable(), m.early)
}

func tableHead() []string {
	head, rule := "| bound by | servers |", "| --- | ---: |"
	for _, windows := range sizesOfJobs {
		head += fmt.Sprintf(" %v |", windows)
		rule += " ---: |"
	}
	return []string{head, rule}
}

// keepTable compares lines with the table below a heading of the page, or writes it with -update-limits.
// An empty cell was not measured.
func keepTable(t *testing.T, heading string, lines []string) {
	t.Helper()
	path := filepath.Join("..", "docs", limitsPage)
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), "\n### "+heading+"\n\n")
	require.True(t, found, "docs/%s has no part %q", limitsPage, heading)
	table, after, _ := strings.Cut(rest, "\n\n")
	if *updatePages {
		require.False(t, testing.Short(), "-short does not see everything")
		page := before + "\n### " + heading + "\n\n" + strings.Join(lines, "\n") + "\n\n" + after
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
		return
	}
	const help = "run go test ./dynamics -run TimeToFinish -update-limits"
	known := strings.Split(table, "\n")
	require.Len(t, known, len(lines), help)
	for n, line := range lines {
		was, now := strings.Split(known[n], "|"), strings.Split(line, "|")
		require.Len(t, was, len(now), help)
		for i := range now {
			require.True(t, alike(strings.TrimSpace(was[i]), strings.TrimSpace(now[i])), "%s\n%s\n%s", known[n], line, help)
		}
	}
}

// alike allows for scatter between two figures.
func alike(was, now string) bool {
	if edge := "*"; strings.HasPrefix(was, edge) || strings.HasPrefix(now, edge) {
		return true // that comes and goes
	}
	a, errA := strconv.ParseFloat(was, 64)
	b, errB := strconv.ParseFloat(now, 64)
	if errA != nil || errB != nil {
		return now == "" || was == now
	}
	return math.Abs(a-b) <= scatter*max(a, b)
}
