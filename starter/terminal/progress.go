package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/safetext"
)

// lineEvery is how often a line tells of a run's progress where there is no terminal.
const lineEvery = 10 * time.Second

// Progress shows how far runs are: one line that is drawn anew on a terminal, now and then a line
// elsewhere. Several runs may show theirs at a time.
type Progress struct {
	mu    sync.Mutex
	out   io.Writer
	draws bool // one line, anew
	wraps bool // lines that are too long, as a terminal takes them
	width func() int
	runs  int
	drawn bool
	last  map[string]*seen // by workflow
}

// seen is a run as it was last shown.
type seen struct {
	report   runs.Report
	told     time.Time
	line     string // that was told last
	held     string // the reason that was told above the line
	retrying bool
}

// NewProgress shows the progress of so many runs on a writer: on a terminal one line that is drawn
// anew, else lines.
func NewProgress(out io.Writer, runs int) *Progress {
	p := NewLines(out, runs)
	p.draws = p.wraps
	return p
}

// NewLines does so in lines, also on a terminal that can draw nothing anew.
func NewLines(out io.Writer, runs int) *Progress {
	p := &Progress{out: out, runs: runs, width: func() int { return Width }, last: map[string]*seen{}}
	if file := File(out); file != nil {
		p.wraps, p.width = true, func() int { return widthOf(file) }
	}
	return p
}

// WidthOf is how many columns a writer has, 0 where it is no terminal.
func WidthOf(out any) int {
	if file := File(out); file != nil {
		return widthOf(file)
	}
	return 0
}

// widthOf is how many columns a terminal has.
func widthOf(file *os.File) int {
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		return width
	}
	return Width
}

// Show shows how far the run is by its report.
func (p *Progress) Show(r runs.Report) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, known := p.last[r.WorkflowID]
	if !known {
		before = &seen{}
		p.last[r.WorkflowID] = before
	}
	was := before.report
	before.report = r
	if p.draws {
		p.tell(before)
		p.draw(r)
		return
	}
	news := !known || r.Phase != was.Phase || r.Status != was.Status || (r.Retrying != "") != (was.Retrying != "")
	line := report.Progress(r)
	news = news || r.Ended() && line != before.line // the last line has the numbers of the report
	if news || time.Since(before.told) >= lineEvery {
		before.told, before.line = time.Now(), line
		p.line(line)
	}
}

// tell puts above the line what it has no room for, once for each time: why a run is held or what
// it tries again and, of several runs, how one has ended.
func (p *Progress) tell(s *seen) {
	r := s.report
	held := ""
	if isHeld(r) || r.Ended() && p.runs > 1 {
		held = r.Status + ": " + r.Reason
	}
	retrying := r.Retrying != ""
	if held != "" && held != s.held || retrying && !s.retrying {
		p.clear()
		p.line(report.Progress(r))
	}
	s.held, s.retrying = held, retrying
}

func isHeld(r runs.Report) bool {
	return r.Status == runs.StatusPausing || r.Status == runs.StatusPaused || r.Status == runs.StatusWaiting
}

func (p *Progress) line(text string) {
	text = safetext.Line(text)
	if p.wraps {
		text = Fit(text, p.width())
	}
	fmt.Fprintln(p.out, text)
}

// draw draws the line. A terminal that is too narrow shows its beginning: a line that wraps could
// not be drawn anew.
func (p *Progress) draw(r runs.Report) {
	room := p.width() - 1
	text := p.all(room)
	if p.runs == 1 {
		text = lineOf(r, room)
	}
	fmt.Fprintf(p.out, "\r%s%s", fit(text, room), eraseRest)
	p.drawn = true
}

// eraseRest clears the terminal from the cursor to the end of the line.
const eraseRest = "\x1b[K"

func (p *Progress) clear() {
	if p.drawn {
		fmt.Fprint(p.out, "\r"+eraseRest)
		p.drawn = false
	}
}

// Close takes away what was drawn.
func (p *Progress) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

// all is the line about several runs.
func (p *Progress) all(room int) string {
	ended, done := 0, runs.Progress{What: "rows"}
	for _, s := range p.last {
		if s.report.Ended() {
			ended++
		}
		done.Done += s.report.Received - s.report.Pending
		done.Of += s.report.Received
	}
	return measured(fmt.Sprintf("%d of %d runs ended", ended, p.runs), done, "", room)
}

// lineOf is the line about one run: its step, how far that is, how fast, and how long the rest
// takes. Each has its place, whatever the numbers are.
func lineOf(r runs.Report, room int) string {
	label := r.Phase
	if isHeld(r) || r.Ended() || label == "" {
		label = r.Status
	}
	tail := ""
	if r.Retrying != "" {
		tail = "retrying"
	}
	switch {
	case r.Progress != nil:
		return measured(label, *r.Progress, tail, room)
	case r.Received > 0 && r.Kind != runs.KindPlan:
		return measured(label, runs.Progress{What: "rows", Done: r.Received - r.Pending, Of: r.Received}, tail, room)
	}
	return strings.TrimRight(fmt.Sprintf("%-*s  %s", labelWidth, label, tail), " ")
}

const (
	labelWidth = 20 // of "staging the audience"
	rateWidth  = 9  // of "99,999/s"
	leftWidth  = 11 // of "59m 59s left"
	// A bar is drawn where it has room, and is no longer than it need be.
	shortestBar, longestBar = 10, 30
)

// measured is a label with how far something is.
func measured(label string, p runs.Progress, tail string, room int) string {
	of := report.Count(p.Of)
	amount := fmt.Sprintf("%*s of %s %-8s", len(of), report.Count(p.Done), of, p.What)
	if p.Of <= 0 {
		amount = fmt.Sprintf("%9s %-8s", report.Count(p.Done), p.What)
	}
	if tail == "" {
		tail = pace(p)
	}
	text := fmt.Sprintf("%-*s  %s", labelWidth, label, amount)
	rest := fmt.Sprintf("  %*s", rateWidth+leftWidth+1, tail)
	if spare := room - len(text) - len(rest) - len("  []"); p.Of > 0 && spare >= shortestBar {
		text += "  [" + bar(p, min(spare, longestBar)) + "]"
	}
	return text + rest
}

// pace is how fast something is, and how long the rest takes.
func pace(p runs.Progress) string {
	rate, left := "", ""
	if p.PerSecond > 0 {
		rate = report.Count(int64(p.PerSecond+0.5)) + "/s"
	}
	if p.SecondsLeft >= 0.5 {
		left = short(time.Duration(p.SecondsLeft*float64(time.Second))) + " left"
	}
	return fmt.Sprintf("%*s %*s", rateWidth, rate, leftWidth, left)
}

// short is a while as people say it.
func short(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}

func bar(p runs.Progress, width int) string {
	full := int(min(p.Done, p.Of) * int64(width) / p.Of)
	return strings.Repeat("#", full) + strings.Repeat(".", width-full)
}

// fit cuts a text to a width.
func fit(text string, width int) string {
	if letters := []rune(safetext.Line(text)); len(letters) > width {
		return string(letters[:max(0, width)])
	}
	return safetext.Line(text)
}
