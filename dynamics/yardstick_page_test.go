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

	"github.com/stretchr/testify/require"
)

var updatePages = flag.Bool("update-limits", false, "write the tables of docs/limits.md from what is measured")

const (
	limitsPage  = "limits.md"
	howToUpdate = "run go test ./dynamics -run 'TimeToFinish|WhatAPace' -update-limits"
	// scatter is by how much a figure of the page may differ from what is measured: processes and
	// servers meet by chance.
	scatter = 0.35
)

// What is reached; the goals stand in docs/limits.md, and what is behind them.
const (
	medianReached = 1.10
	worstReached  = 1.40
	startReached  = 1.40 // of a tenth of a window
	edgeReached   = 1.25 // of whole windows, where a little more than the budget puts the rest off for one
)

// reached is the most that a cell's ratio may be.
func (m measured) reached() float64 {
	switch {
	case m.onEdge():
		return max(worstReached, edgeReached*nominalWindow.Seconds()*math.Ceil(m.windows)/m.least.Seconds())
	case m.windows < 0.5:
		return startReached
	}
	return worstReached
}

// onEdge is true where the job is so nearly a whole number of budgets that a few requests more, or
// a few that waited in a server, take it to the next window: there it comes by chance, at
// several servers.
func (m measured) onEdge() bool {
	whole := m.windows == math.Trunc(m.windows) || m.windows == 0.9
	return whole && m.servers > 1 && (m.bound.name == "requests" || strings.HasPrefix(m.bound.name, "time"))
}

// TestTimeToFinish does a job of every size at every destination, in virtual time, and keeps the
// tables of docs/limits.md. With -v it prints each cell.
func TestTimeToFinish(t *testing.T) {
	var ratios []float64
	for _, table := range []struct {
		heading   string
		bounds    []bound
		servers   []int
		processes int
		sizes     []float64
	}{
		{"One process", bounds, []int{1, 2, 4}, 1, sizesOfJobs},
		{"Two processes", bounds, []int{1, 2, 4}, 2, sizesOfJobs},
		{"Half of each budget is taken by others", besideOthers(), []int{1, 2}, 1, []float64{0.5, 1, 1.5, 5}},
	} {
		page := openTable(t, table.heading)
		lines := tableHead(table.sizes)
		for _, b := range table.bounds {
			for _, servers := range table.servers {
				line := fmt.Sprintf("| %s | %d |", b.name, servers)
				for _, windows := range table.sizes {
					if testing.Short() && float64(servers)*windows > 1 {
						line += " |" // many requests, much to compute
						continue
					}
					known := page.entry(len(lines), strings.Count(line, "|")-1)
					m := cell{b, servers, table.processes, windows}.measureAs(t, known)
					ratios = append(ratios, m.ratio())
					line += m.entry()
				}
				lines = append(lines, line)
			}
		}
		page.keep(t, lines)
	}
	slices.Sort(ratios)
	median, worst := ratios[len(ratios)/2], ratios[len(ratios)-1]
	t.Logf("%d cells: median %.2f, worst %.2f", len(ratios), median, worst)
	require.LessOrEqual(t, median, medianReached)
}

// besideOthers are the bounds by documented limits where others take half of each.
func besideOthers() (half []bound) {
	for _, b := range bounds[:3] {
		b.options.Others = 0.5
		half = append(half, b)
	}
	return half
}

// measureAs does a cell's job, which should be as the page has it.
func (c cell) measureAs(t *testing.T, known string) (m measured) {
	repeated(t, func() string {
		m = c.measure(t)
		t.Log(m)
		return m.wrong(known)
	})
	return m
}

// repeated fails where a measurement says five times in a row what is wrong with it. Once it may
// be: a few requests that meet a full server by chance take a job to the next window.
func repeated(t *testing.T, measure func() (wrong string)) {
	t.Helper()
	for left := 4; ; left-- {
		wrong := measure()
		if wrong == "" {
			return
		}
		if left == 0 {
			t.Error(wrong)
			return
		}
	}
}

// wrong says what is beyond that which is reached everywhere, or not as the page has it; empty if
// nothing.
func (m measured) wrong(known string) string {
	switch {
	case m.ratio() > m.reached():
		return fmt.Sprintf("%s: %.2f times the least time, at most %.2f", m.cell, m.ratio(), m.reached())
	case m.refused > m.refusable():
		return fmt.Sprintf("%s: %d refused, at most %d", m.cell, m.refused, m.refusable())
	case m.early > 0:
		return fmt.Sprintf("%s: %d sent inside a Retry-After", m.cell, m.early)
	case !*updatePages && !alike(known, strings.Trim(m.entry(), " |")):
		return fmt.Sprintf("%s: docs/%s says %s, measured%s; %s", m.cell, limitsPage, known, m.entry(), howToUpdate)
	}
	return ""
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

func tableHead(sizes []float64) []string {
	head, rule := "| bound by | servers |", "| --- | ---: |"
	for _, windows := range sizes {
		head += fmt.Sprintf(" %v |", windows)
		rule += " ---: |"
	}
	return []string{head, rule}
}

// limitsTable is the table below a heading of the page.
type limitsTable struct {
	before, after string
	lines         []string
}

func openTable(t *testing.T, heading string) limitsTable {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", limitsPage))
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), "\n### "+heading+"\n\n")
	require.True(t, found, "docs/%s has no part %q", limitsPage, heading)
	lines, after, _ := strings.Cut(rest, "\n\n")
	return limitsTable{
		before: before + "\n### " + heading + "\n\n", after: "\n\n" + after,
		lines: strings.Split(lines, "\n"),
	}
}

// entry is a cell of the page; empty where it has none.
func (p limitsTable) entry(line, column int) string {
	if line >= len(p.lines) {
		return ""
	}
	entries := strings.Split(p.lines[line], "|")
	if column+1 >= len(entries) {
		return ""
	}
	return strings.TrimSpace(entries[column+1])
}

// keep writes the table with -update-limits, and else looks whether it has the lines' shape.
func (p limitsTable) keep(t *testing.T, lines []string) {
	t.Helper()
	if *updatePages {
		require.False(t, testing.Short(), "-short does not see everything")
		page := p.before + strings.Join(lines, "\n") + p.after
		require.NoError(t, os.WriteFile(filepath.Join("..", "docs", limitsPage), []byte(page), 0o644))
		return
	}
	require.Len(t, p.lines, len(lines), howToUpdate)
	for n, line := range lines {
		require.Equal(t, strings.Count(p.lines[n], "|"), strings.Count(line, "|"), howToUpdate)
		for column := range 2 {
			require.Equal(t, p.entry(n, column), limitsTable{lines: lines}.entry(n, column), howToUpdate)
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
