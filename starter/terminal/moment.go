package terminal

import (
	"fmt"
	"strings"
	"time"
)

// Moment reads the time to come that a person means: "18:00" (the next one), "2026-12-01 06:00"
// (both by the clock of now's zone), RFC 3339, or a while from now such as "90m".
func Moment(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	at, ok := moment(text, now)
	switch {
	case !ok:
		return at, fmt.Errorf("%q is no time: use one such as 18:00, \"2026-12-01 06:00\", 2026-12-01T06:00:00+01:00 or, from now on, 90m", text)
	case !at.After(now):
		return at, fmt.Errorf("%q is over already: it is %s now", text, now.Format("2006-01-02 15:04 MST"))
	}
	return at, nil
}

func moment(text string, now time.Time) (time.Time, bool) {
	if while, err := time.ParseDuration(text); err == nil {
		return now.Add(while), true
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, true
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05"} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return at, true
		}
	}
	clock, err := time.Parse("15:04", text)
	if err != nil {
		return time.Time{}, false
	}
	on := func(day int) time.Time {
		return time.Date(now.Year(), now.Month(), day, clock.Hour(), clock.Minute(), 0, 0, now.Location())
	}
	if at := on(now.Day()); at.After(now) {
		return at, true
	}
	return on(now.Day() + 1), true
}
