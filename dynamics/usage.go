package dynamics

import (
	"regexp"
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
}

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
	u.steps = append(u.steps[old:], usageEntry{now, amount})
}

// within sums up what was used in the window before now, and in the step at its beginning.
func (u *usage) within(now time.Time, window time.Duration) float64 {
	sum := 0.0
	for i := len(u.steps) - 1; i >= 0 && now.Sub(u.steps[i].at) < window+usageStep; i-- {
		sum += u.steps[i].amount
	}
	return sum
}

// frees is how long it takes until so much of what was used in the window before now has left it.
func (u *usage) frees(now time.Time, window time.Duration, amount float64) time.Duration {
	for _, s := range u.steps {
		left := s.at.Add(window + usageStep).Sub(now)
		if left <= 0 {
			continue
		}
		if amount -= s.amount; amount <= 0 {
			return left
		}
	}
	return window
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
