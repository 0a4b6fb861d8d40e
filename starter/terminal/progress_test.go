package terminal

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"audienceflow/runs"
)

// drawing is a progress line on a terminal of so many columns.
func drawing(out *bytes.Buffer, width, count int) *Progress {
	return &Progress{out: out, draws: true, width: func() int { return width }, runs: count, last: map[string]*seen{}}
}

func TestATerminalTellsOnceWhyARunIsHeld(t *testing.T) {
	var out bytes.Buffer
	p := drawing(&out, Width, 1)
	held := runs.Report{WorkflowID: "plan/d/a", Status: runs.StatusPaused, Reason: "destination d is paused: month end", DestinationPaused: true}
	p.Show(held)
	p.Show(held)
	p.Show(runs.Report{WorkflowID: "plan/d/a", Status: runs.StatusRunning, Phase: "reading"})
	require.Equal(t, 1, strings.Count(out.String(), "month end"))
	p.Show(held)
	require.Equal(t, 2, strings.Count(out.String(), "month end"), "held anew")
}

// sending is a run of a million rows that has done some of them.
func sending(done int64, perSecond, left float64) runs.Report {
	return runs.Report{WorkflowID: "activate/d/a", Status: runs.StatusRunning, Phase: "updating contacts",
		Numbers:  runs.Numbers{Received: 1_000_000, Activated: done, Pending: 1_000_000 - done},
		Progress: &runs.Progress{What: "rows", Done: done, Of: 1_000_000, PerSecond: perSecond, SecondsLeft: left}}
}

// TestTheLineIsSteady: whatever the numbers are, everything in the line stays where it is, and
// nothing wraps.
func TestTheLineIsSteady(t *testing.T) {
	drawn := regexp.MustCompile(`\r([^\r\x1b]*)\x1b\[K`)
	for _, width := range []int{40, 80, 120} {
		var out bytes.Buffer
		p := drawing(&out, width, 1)
		for _, r := range []runs.Report{
			sending(0, 0, 0), sending(999, 7, 142_714), sending(123_456, 99_999, 3_599), sending(999_999, 1_204, 1), sending(1_000_000, 1_204, 0),
		} {
			p.Show(r)
		}
		lines := drawn.FindAllStringSubmatch(out.String(), -1)
		require.Len(t, lines, 5)
		for _, line := range lines {
			require.Less(t, len(line[1]), width)
			require.Equal(t, len(lines[0][1]), len(line[1]), line[1])
			require.Equal(t, strings.Index(lines[0][1], " of "), strings.Index(line[1], " of "), line[1])
		}
		if width >= 80 {
			require.Contains(t, lines[2][1], "updating contacts       123,456 of 1,000,000 rows")
			require.Contains(t, lines[2][1], "99,999/s 59m59s left")
			require.Equal(t, width >= 100, strings.Contains(lines[2][1], "[###"), "a bar where it has room")
		}
		p.Close()
		require.True(t, strings.HasSuffix(out.String(), "\r"+eraseRest), "nothing of it stays")
	}
}

func TestSeveralRunsShareOneLine(t *testing.T) {
	var out bytes.Buffer
	p := drawing(&out, Width, 2)
	one, other := sending(400_000, 0, 0), sending(100_000, 0, 0)
	other.WorkflowID = "activate/d/b"
	p.Show(one)
	p.Show(other)
	require.Contains(t, out.String(), "0 of 2 runs ended       500,000 of 2,000,000 rows")
	one.Status, one.Phase, one.Numbers = runs.StatusCompleted, "", runs.Numbers{Received: 1_000_000, Activated: 1_000_000}
	p.Show(one)
	require.Contains(t, out.String(), "activate/d/a: completed: 1,000,000 of 1,000,000 rows settled")
	require.NotContains(t, out.String(), "\n\n")
}

func TestWhereThereIsNoTerminalLinesTellNews(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, 1)
	p.Show(sending(10, 5, 5))
	p.Show(sending(20, 5, 5))
	r := sending(30, 5, 5)
	r.Retrying = "UpdateContacts, attempt 3: throttled"
	p.Show(r)
	require.Equal(t, 2, strings.Count(out.String(), "\n"))
	require.NotContains(t, out.String(), "\x1b")
	require.NotContains(t, out.String(), "\r")
}

// TestTheLastLineHasTheNumbersOfTheReport: a run may have said that it has ended before it had them.
func TestTheLastLineHasTheNumbersOfTheReport(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, 1)
	r := runs.Report{WorkflowID: "activate/d/a", Kind: runs.KindPlan, Plans: runs.KindUnmap, Status: runs.StatusCompleted, Numbers: runs.Numbers{Received: 3000, Pending: 3000}}
	p.Show(r)
	r.Numbers = runs.Numbers{Received: 3000, Activated: 3000}
	p.Show(r)
	p.Show(r)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	require.Contains(t, lines[1], "3,000 of 3,000 rows planned, 3,000 would be cleared")
}

func TestColoursAreOfWordsByWhichSomethingStands(t *testing.T) {
	for word, colour := range map[string]string{"completed": green, "mismatch": red, "paused": yellow} {
		require.Equal(t, colour+word+reset, Paint(word))
	}
	for _, word := range []string{"running", "", "activate/d/a", "STATUS"} {
		require.Equal(t, word, Paint(word))
	}
}

// TestLinesAboveTheLineFitToo: why a run is held may take several.
func TestLinesAboveTheLineFitToo(t *testing.T) {
	var out bytes.Buffer
	p := drawing(&out, Width, 1)
	p.wraps = true
	p.Show(runs.Report{WorkflowID: "validate/dynamics/vip", Kind: runs.KindValidate, Status: runs.StatusPaused, Destination: "dynamics", DestinationPaused: true,
		Reason: "destination dynamics is paused: " + strings.Repeat("month end, and then some. ", 8)})
	above, _, _ := strings.Cut(out.String(), "\r")
	require.Contains(t, above, "starter resume --destination dynamics")
	for _, line := range strings.Split(above, "\n") {
		require.LessOrEqual(t, len(line), Width)
	}
}
