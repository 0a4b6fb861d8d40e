package dynamics

import (
	"fmt"
	"slices"
	"strings"
)

// Pace is how much of what an environment allows its user the client takes.
type Pace string

const (
	// PaceFast takes all: for an application user of its own. The default.
	PaceFast Pace = "fast"
	// PaceSteady takes at most half of what the service protection limits allow on one web server,
	// at an even rate: for a user that other integrations share.
	PaceSteady Pace = "steady"
	// PaceGentle does so too, with a quarter of the recommended parallelism: for an environment
	// whose servers people need.
	PaceGentle Pace = "gentle"
)

// Paces are all of them, the fastest first.
var Paces = []Pace{PaceFast, PaceSteady, PaceGentle}

// The documented budgets of a user on one web server within nominalWindow.
// https://learn.microsoft.com/power-apps/developer/data-platform/api-limits#how-service-protection-api-limits-are-enforced
const (
	documentedRequests = 6000
	documentedBusy     = 1200 // seconds of execution
)

const (
	// steadyShare of each budget is taken at most; the rest is always found by others.
	steadyShare = 0.5
	// gentleShare of the recommended parallelism is in flight at most.
	gentleShare = 0.25
)

// Valid is an error for what is no pace; empty is PaceFast.
func (p Pace) Valid() error {
	if p == "" || slices.Contains(Paces, p) {
		return nil
	}
	words := make([]string, len(Paces))
	for i, pace := range Paces {
		words[i] = string(pace)
	}
	return fmt.Errorf("DYNAMICS_PACE is %q: give one of %s", string(p), strings.Join(words, ", "))
}

// Share is how much of what one web server allows a user is taken at most.
func (p Pace) Share() float64 {
	if p == PaceSteady || p == PaceGentle {
		return steadyShare
	}
	return 1
}

// paced bounds what is used from the first request on: evenly, so that others find their part at
// any moment, and whatever the limits turn out to be.
func (l *limiter) paced(p Pace) *limiter {
	if share := p.Share(); share < 1 {
		l.requests.most = share * documentedRequests / nominalWindow.Seconds()
		l.busy.most = share * documentedBusy / nominalWindow.Seconds()
	}
	if p == PaceGentle {
		l.concurrency.share = gentleShare
		l.concurrency.limit = 1
	}
	return l
}
