package receive

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"audienceflow/activities"
	"audienceflow/audience/source"
	"audienceflow/store/inbox"
)

const (
	// judgedFrom is how many memberships of a stream have to arrive before it is told what none of
	// them has.
	judgedFrom = 100
	// noteEvery is how often what there is to say is brought to the store.
	noteEvery = 5 * time.Second
)

// observed looks at what arrives for each stream until all that its activation names was met.
// Nobody reads a stream whole, so that a misspelt path would leave its column empty without a word.
type observed struct {
	inbox Inbox

	mu      sync.Mutex
	streams map[observedKey]*observer
}

type observedKey struct {
	inbox.StreamKey
	version int64
}

// observer is what was seen of one stream under one version of its activation. One body at a time
// adds to it; others that arrive at the same moment are not looked at.
type observer struct {
	mapping mapping
	busy    sync.Mutex
	seen    source.Seen

	mu    sync.Mutex
	found findings
	said  []string // of them, in the activation's own words
	notes string   // of the same, with words of the sender
	kept  bool     // by the store
}

// findings are how much is still missing: fields, and whether times cannot be read. What they are
// is worked out when they change.
type findings struct {
	judged bool
	unmet  int
	times  bool
}

func newObserved(box Inbox) *observed {
	return &observed{inbox: box, streams: map[observedKey]*observer{}}
}

// of gives the observer of a stream for one body, which must be released; nil where nobody looks.
func (o *observed) of(m mapping) *observer {
	key := observedKey{m.key(), m.version}
	o.mu.Lock()
	one, known := o.streams[key]
	if !known {
		for old := range o.streams {
			if old.StreamKey == key.StreamKey {
				delete(o.streams, old)
			}
		}
		one = &observer{mapping: m, kept: true}
		one.seen.MembersOnly = true
		o.streams[key] = one
	}
	o.mu.Unlock()
	if one.over() || !one.busy.TryLock() {
		return nil
	}
	return one
}

func (o *observer) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.found.judged && len(o.said) == 0
}

// release judges what was seen so far.
func (o *observer) release() {
	defer o.busy.Unlock()
	if o.seen.Members < judgedFrom {
		return
	}
	found := findings{judged: true, unmet: o.seen.CountUnmet(), times: o.seen.BadTimes > 0}
	o.mu.Lock()
	defer o.mu.Unlock()
	if found == o.found {
		return
	}
	said, shown := activities.MissingFrom(o.mapping.activation, &o.seen, fmt.Sprintf("%d that arrived", o.seen.Records))
	o.found, o.said, o.notes, o.kept = found, said, strings.Join(shown, "\n"), false
}

// run brings notes to the store until ctx ends, and once more then.
func (o *observed) run(ctx context.Context) { repeat(ctx, noteEvery, o.keep) }

// keep tells what is new. What the store does not take is brought to it the next time.
func (o *observed) keep(ctx context.Context) {
	o.mu.Lock()
	all := make([]*observer, 0, len(o.streams))
	for _, one := range o.streams {
		all = append(all, one)
	}
	o.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	for _, one := range all {
		if err := one.keep(ctx, o.inbox); err != nil {
			slog.Warn("what is missing from a stream could not be noted; it will be", "error", err)
			return
		}
	}
}

func (o *observer) keep(ctx context.Context, box Inbox) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept {
		return nil
	}
	key := o.mapping.key()
	if err := box.NoteStream(ctx, key, o.notes); err != nil {
		return err
	}
	o.kept = true
	if o.notes != "" {
		slog.Warn("what arrives for a stream lacks what its activation names; \"starter status\" says more", "destination", key.Destination,
			"audience", key.Audience, "missing", strings.Join(o.said, "; "))
	}
	return nil
}
