package dynamics

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	// usageStep is the grain in which use is remembered: fine enough for windows of seconds.
	usageStep = 250 * time.Millisecond
	// usageSpan is how far back use is remembered.
	usageSpan = nominalWindow + 30*time.Second
)

// usage remembers how much was used when.
type usage struct {
	steps []usageEntry // oldest first
	first time.Time    // start of the present stretch of activity
}

type usageEntry struct {
	at     time.Time
	amount float64
	before float64 // the sum of all the entries before
}

// sum is that of all entries up to this one.
func (e usageEntry) sum() float64 { return e.before + e.amount }

func (u *usage) add(now time.Time, amount float64) {
	if n := len(u.steps); n > 0 && now.Sub(u.steps[n-1].at) < usageStep {
		u.steps[n-1].amount += amount
		return
	}
	if n := len(u.steps); n == 0 || now.Sub(u.steps[n-1].at) > nominalWindow {
		u.first = now
	}
	old := 0
	for old < len(u.steps) && now.Sub(u.steps[old].at) > usageSpan {
		old++
	}
	before := 0.0
	if n := len(u.steps); n > 0 {
		before = u.steps[n-1].sum()
	}
	u.steps = append(u.steps[old:], usageEntry{now, amount, before})
}

// within sums up what was used in the window before now, and in the step at its beginning.
func (u *usage) within(now time.Time, window time.Duration) float64 {
	from := u.from(now, window)
	if from == len(u.steps) {
		return 0
	}
	return u.steps[len(u.steps)-1].sum() - u.steps[from].before
}

// from is the first step in the window before now.
func (u *usage) from(now time.Time, window time.Duration) int {
	begin := now.Add(-window - usageStep)
	return sort.Search(len(u.steps), func(i int) bool { return u.steps[i].at.After(begin) })
}

// frees is how long it takes until so much of what was used in the window before now has left it.
func (u *usage) frees(now time.Time, window time.Duration, amount float64) time.Duration {
	from := u.from(now, window)
	if from == len(u.steps) {
		return window
	}
	enough := u.steps[from].before + amount
	last := from + sort.Search(len(u.steps)-from, func(i int) bool { return u.steps[from+i].sum() >= enough })
	if last == len(u.steps) {
		return window
	}
	return u.steps[last].at.Add(window + usageStep).Sub(now)
}

// begin is when the present stretch of activity started; now if there was none.
func (u *usage) begin() time.Time {
	if len(u.steps) == 0 {
		return time.Now()
	}
	return u.first
}

// budgetPattern finds the limit in "exceeded the limit of 6000 over time window" and "exceeded
// limit of 1,200,000  milliseconds".
var budgetPattern = regexp.MustCompile(`limit of ([0-9][0-9,.]*)( +milliseconds)?`)

// budgetIn is how much per second one server allows: by the refusal's text, else as documented. What
// we have used ourselves says nothing where others use the same user.
func (p *pacer) budgetIn(window time.Duration, e *Error) float64 {
	m := budgetPattern.FindStringSubmatch(e.Message)
	if m == nil || (m[2] != "") != (p.kind == paceBusy) {
		return p.documented()
	}
	n, err := strconv.ParseFloat(strings.NewReplacer(",", "", ".", "").Replace(m[1]), 64)
	if err != nil {
		return p.documented()
	}
	if p.kind == paceBusy {
		return n / 1000 / nominalWindow.Seconds() // however long the window: so much time in as much time
	}
	return n / window.Seconds()
}

// documented is the budget of a user on one web server, per second.
func (p *pacer) documented() float64 {
	if p.kind == paceBusy {
		return documentedBusy / nominalWindow.Seconds()
	}
	return documentedRequests / nominalWindow.Seconds()
}
