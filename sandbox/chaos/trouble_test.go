package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"audienceflow/dynamics/simulator"
)

// trouble is what lasts until a person mends it: a run that has written nothing fails for it, any
// other and a stream pause, and all of them say why.
type trouble struct {
	name   string
	faults []simulator.Fault
	says   []string // one of these stands in the reason
	// exported is set where something must have been exported before, or the destination would
	// rather be bound anew.
	exported bool
}

const webAPI = "/api/data/"

var troubles = []trouble{
	{name: "401", faults: []simulator.Fault{{Kind: "status", Status: http.StatusUnauthorized, Match: webAPI}}, says: []string{"HTTP 401"}},
	{name: "403", faults: []simulator.Fault{{
		Kind: "code", Status: http.StatusForbidden, Code: "0x80040220", Match: webAPI,
		Message: "Principal user is missing prvReadContact privilege",
	}}, says: []string{"0x80040220"}},
	{name: "302", faults: []simulator.Fault{{Kind: "redirect", Match: webAPI}}, says: []string{"points to another address"}},
	{name: "a secret that has expired", faults: []simulator.Fault{
		{Kind: "code", Status: http.StatusUnauthorized, Code: "AADSTS7000222", Match: "oauth2"}, {Kind: "expired-tokens"},
	}, says: []string{"AADSTS7000222"}},
	{name: "another organization", faults: []simulator.Fault{{Kind: "elsewhere", Match: "WhoAmI|EntityDefinitions|GET .*/contacts"}},
		says: []string{"another environment", "answers now"}, exported: true},
}

const (
	// noticed bounds the time until something stops for a trouble while everybody is at work.
	noticed = 90 * time.Second
	// lateWord is how long after its end a trouble may still be told of: by a worker that was
	// frozen, or was to be heard.
	lateWord = 2 * time.Minute
)

// bout is one time that a trouble lasts at a destination.
type bout struct {
	trouble
	from, to time.Time // to is zero while it lasts
	stopped  map[string]bool
}

// bouts are all of a destination.
type bouts struct {
	busy sync.Mutex // held while one lasts
	mu   sync.Mutex
	list []*bout
}

// drawTrouble has a trouble last at a destination until it is mended, which is not before something
// has stopped for it.
func drawTrouble(w *world, p *place, r *rand.Rand) (string, func(context.Context)) {
	drawn, length := troubles[r.IntN(len(troubles))], seconds(r, 1, 4)
	return fmt.Sprintf("%s: %s is to last", p.name, drawn.name), func(ctx context.Context) {
		p.bouts.busy.Lock()
		defer p.bouts.busy.Unlock()
		for drawn.exported && len(p.model.exported("vip")) == 0 {
			if w.resting() {
				return
			}
			pause(ctx, lookEvery)
		}
		b := p.bouts.begin(drawn)
		w.timeline.note("%s: %s lasts", p.name, drawn.name)
		for _, f := range drawn.faults {
			if _, err := p.control(http.MethodPost, "faults", f); err != nil {
				w.timeline.fault("the simulator takes no fault: %v", err)
			}
		}
		pause(ctx, length)
		for !p.bouts.met(b) && !w.resting() && ctx.Err() == nil {
			if time.Since(b.from) > noticed {
				w.timeline.fault("%s: nothing has stopped for %s", p.name, drawn.name)
				break
			}
			pause(ctx, lookEvery)
		}
		if _, err := p.control(http.MethodDelete, "faults", nil); err != nil {
			w.timeline.fault("the simulator's faults do not end: %v", err)
		}
		p.bouts.end(b)
		w.timeline.note("%s: %s is mended", p.name, drawn.name)
	}
}

func (b *bouts) begin(t trouble) *bout {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := &bout{trouble: t, from: time.Now(), stopped: map[string]bool{}}
	b.list = append(b.list, one)
	return one
}

func (b *bouts) end(one *bout) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one.to = time.Now()
}

func (b *bouts) met(one *bout) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(one.stopped) > 0
}

// last reports whether a trouble lasts.
func (b *bouts) last() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.list) > 0 && b.list[len(b.list)-1].to.IsZero()
}

// explain reports whether something stopped for a trouble: it was there at some time between from
// and to, and the reason names it. A query that meets a workflow before it has taken note may tell
// the reason with the time of its last step.
func (b *bouts) explain(what, reason string, from, to time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.list {
		if to.Before(one.from) || !one.to.IsZero() && from.After(one.to.Add(lateWord)) {
			continue
		}
		for _, words := range one.says {
			if strings.Contains(reason, words) {
				one.stopped[what+from.String()] = true
				return true
			}
		}
	}
	return false
}

// tally says how many troubles there were, and how often something stopped for one.
func (b *bouts) tally() (count, stops int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, one := range b.list {
		stops += len(one.stopped)
	}
	return len(b.list), stops
}
