package receive

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"audienceflow/runs"
)

const (
	// countEvery is how often bodies of no audience of ours are counted in the store.
	countEvery = 5 * time.Second
	// mostSenders bounds the senders that are told apart between two counts; further ones count as
	// others.
	mostSenders  = 256
	otherSenders = "others"
	// anySender is who sends where everybody may.
	anySender = "anybody"
)

// senderKey finds the name of a request's sender in its context.
type senderKey struct{}

func withSender(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, senderKey{}, name)
}

func senderOf(ctx context.Context) string {
	if name, ok := ctx.Value(senderKey{}).(string); ok {
		return name
	}
	return anySender
}

// unmapped counts bodies that held profiles, but none of an audience that is streamed to the
// destination: whoever sends them believes that they arrive.
type unmapped struct {
	inbox Inbox
	now   func() time.Time

	mu     sync.Mutex
	counts map[unmappedKey]runs.UnmappedBodies // since the last count
	told   map[unmappedKey]bool
}

type unmappedKey struct{ destination, sender string }

func newUnmapped(box Inbox, now func() time.Time) *unmapped {
	return &unmapped{inbox: box, now: now, counts: map[unmappedKey]runs.UnmappedBodies{}, told: map[unmappedKey]bool{}}
}

// note counts a body.
func (u *unmapped) note(destination, sender string, profiles int64) {
	now := u.now().UTC().Truncate(time.Microsecond)
	u.mu.Lock()
	defer u.mu.Unlock()
	key := unmappedKey{destination, sender}
	if _, known := u.counts[key]; !known && len(u.counts) >= mostSenders {
		key.sender = otherSenders
	}
	count, known := u.counts[key]
	if !known {
		count = runs.UnmappedBodies{Destination: destination, Sender: key.sender, First: now}
	}
	count.Bodies++
	count.Profiles += profiles
	count.Last = now
	u.counts[key] = count
	if !u.told[key] && len(u.told) < mostSenders {
		u.told[key] = true
		slog.Warn("a body holds no profile of an audience that an activation file streams here; \"starter status\" counts them from now on",
			"destination", destination, "sender", key.sender, "profiles", profiles)
	}
}

// run counts in the store until ctx ends, and once more then.
func (u *unmapped) run(ctx context.Context) { repeat(ctx, countEvery, u.count) }

// repeat does something every so often until ctx ends, and once more then.
func repeat(ctx context.Context, every time.Duration, do func(context.Context)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			do(context.WithoutCancel(ctx))
			return
		case <-ticker.C:
			do(ctx)
		}
	}
}

// count brings what was noted to the store. What the store does not take is counted the next time.
func (u *unmapped) count(ctx context.Context) {
	u.mu.Lock()
	noted := u.counts
	u.counts = map[unmappedKey]runs.UnmappedBodies{}
	u.mu.Unlock()
	if len(noted) == 0 {
		return
	}
	list := make([]runs.UnmappedBodies, 0, len(noted))
	for _, count := range noted {
		list = append(list, count)
	}
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	if err := u.inbox.CountUnmapped(ctx, list); err != nil {
		slog.Warn("bodies of no audience here could not be counted; they will be", "error", err)
		u.putBack(noted)
	}
}

func (u *unmapped) putBack(noted map[unmappedKey]runs.UnmappedBodies) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for key, count := range noted {
		if later, ok := u.counts[key]; ok {
			count.Bodies += later.Bodies
			count.Profiles += later.Profiles
			count.Last = later.Last
		}
		u.counts[key] = count
	}
}
