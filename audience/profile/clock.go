package profile

import (
	"fmt"
	"time"

	"audienceflow/audience"
)

// maxAhead is how far ahead of now a time may be before it counts as
// oldest: clocks differ, but not by more than a day and its zones.
const maxAhead = 24 * time.Hour

// Reading is how a source, or a part of it, is read.
type Reading struct {
	// Now decides what is more than a day ahead.
	Now time.Time
	// AsOf dates records of a source that maps no time.
	AsOf time.Time
	// Seen counts what is read; nil for nobody who asks.
	Seen *Seen
}

// clock turns a written time into the time that orders a record.
type clock struct {
	latest time.Time
	format string // besides the forms of ParseTime
	zone   *time.Location
	seen   *Seen
}

func newClock(s audience.Source, r Reading) (clock, error) {
	zone, err := time.LoadLocation(s.TimeZone) // "" is UTC
	if err != nil {
		return clock{}, fmt.Errorf("source.timeZone: %w", err)
	}
	return clock{latest: r.Now.Add(maxAhead), format: s.TimeFormat, zone: zone, seen: r.Seen}, nil
}

// time is zero, oldest, for text that is missing, unreadable or too far ahead.
func (c clock) time(text string) time.Time {
	t, ok := audience.ParseTimeIn(text, c.format, c.zone)
	return c.dated(t, ok)
}

// counted is time for the one text that dates a record.
func (c clock) counted(text string) time.Time {
	t, ok := audience.ParseTimeIn(text, c.format, c.zone)
	c.seen.time(text, ok)
	return c.dated(t, ok)
}

func (c clock) dated(t time.Time, ok bool) time.Time {
	if !ok || t.After(c.latest) {
		return time.Time{}
	}
	return t
}
