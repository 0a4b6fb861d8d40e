package profile

import (
	"fmt"
	"time"

	"audienceflow/audience"
)

// maxAhead is how far ahead of now a time may be before it counts as
// oldest: clocks differ, but not by more than a day and its zones.
const maxAhead = 24 * time.Hour

// clock turns a written time into the time that orders a record.
type clock struct {
	latest time.Time
	format string // besides the forms of ParseTime
	zone   *time.Location
}

func newClock(s audience.Source, now time.Time) (clock, error) {
	zone, err := time.LoadLocation(s.TimeZone) // "" is UTC
	if err != nil {
		return clock{}, fmt.Errorf("source.timeZone: %w", err)
	}
	return clock{latest: now.Add(maxAhead), format: s.TimeFormat, zone: zone}, nil
}

// time is zero, oldest, for text that is missing, unreadable or too far ahead.
func (c clock) time(text string) time.Time {
	t, ok := audience.ParseTimeIn(text, c.format, c.zone)
	if !ok || t.After(c.latest) {
		return time.Time{}
	}
	return t
}
