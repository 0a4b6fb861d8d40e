package terminal

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"audienceflow/activities"
	"audienceflow/report"
	"audienceflow/runs"
	"audienceflow/safetext"
)

// lineEvery is how often a line tells of a run's progress where there is no terminal.
const lineEvery = 10 * time.Second

// Progress shows how far a run is: a bar on a terminal, now and then a line elsewhere.
type Progress struct {
	out      io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	retrying bool
	phase    string
	status   string
	held     string // the reason that was told above the bar
	told     time.Time
}

// NewProgress shows progress on a writer.
func NewProgress(out io.Writer) *Progress {
	return &Progress{out: out, terminal: File(out) != nil}
}

// Show shows how far the run is by its report.
func (p *Progress) Show(r activities.Report) {
	if p.terminal {
		p.draw(r)
		return
	}
	news := r.Phase != p.phase || r.Status != p.status || (r.Retrying != "") != p.retrying
	if !news && time.Since(p.told) < lineEvery {
		return
	}
	p.phase, p.status, p.retrying, p.told = r.Phase, r.Status, r.Retrying != "", time.Now()
	fmt.Fprintln(p.out, safetext.Line(report.Progress(r)))
}

func (p *Progress) draw(r activities.Report) {
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(p.out), progressbar.OptionShowCount(),
			progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"), progressbar.OptionSetWidth(30),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(0))
	}
	description := r.Status
	if r.Phase != "" {
		description = r.Phase
	}
	if r.Status == runs.StatusPausing || r.Status == runs.StatusPaused || r.Status == runs.StatusWaiting {
		description = r.Status
		p.tell(r)
	} else {
		p.held = ""
	}
	if r.Retrying != "" {
		description += " (retrying)"
	}
	p.bar.Describe(description)
	if r.Received > 0 {
		p.bar.ChangeMax64(r.Received)
		if err := p.bar.Set64(r.Received - r.Pending); err != nil {
			return // a bar that cannot be drawn is no reason to stop
		}
		return
	}
	if err := p.bar.Add(0); err != nil {
		return
	}
}

// tell puts above the bar why a run is held, once for each hold: a bar has no room for it.
func (p *Progress) tell(r activities.Report) {
	if r.Reason == p.held {
		return
	}
	p.held = r.Reason
	if err := p.bar.Clear(); err != nil {
		return
	}
	fmt.Fprintln(p.out, safetext.Line(report.Progress(r)))
}

// Close ends what was drawn.
func (p *Progress) Close() {
	if p.bar != nil {
		if err := p.bar.Finish(); err != nil {
			return
		}
		fmt.Fprintln(p.out)
	}
}
