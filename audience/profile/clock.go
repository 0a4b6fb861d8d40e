package profile

import (
	"time"

	"audienceflow/audience"
)

// maxAhead is how far ahead of now a time may be before it counts as
// oldest: clocks differ, but not by more than a day and its zones.
const maxAhead = 24 * time.Hour

// clock turns a written time into the time that orders a record.
type clock struct{ latest time.Time }

func newClock(now time.Time) clock { return clock{latest: now.Add(maxAhead)} }

// time is zero, oldest, for text that is missing, unreadable or too far ahead.
func (c clock) time(text string) time.Time {
	t, ok := audience.ParseTime(text)
	if !ok || t.After(c.latest) {
		return time.Time{}
	}
	return t
}
