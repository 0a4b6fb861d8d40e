// Package quiethours reads the hours of the day in which nothing is sent to a destination, and tells
// by the clocks of their zone when they are. It knows nothing of destinations.
package quiethours

import (
	"fmt"
	"strings"
	"time"
)

// Hours are the hours of the day in which nothing is sent to a destination.
type Hours struct {
	from, to time.Duration // since midnight
	zone     *time.Location
}

// quietForm is how quiet hours are written.
const quietForm = "22:00-06:00 Europe/Berlin"

// Parse reads hours such as "22:00-06:00 Europe/Berlin"; nil for an empty text.
func Parse(text string) (*Hours, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	hours, name, named := strings.Cut(text, " ")
	from, to, ranged := strings.Cut(hours, "-")
	if name = strings.TrimSpace(name); !named || !ranged || name == "" || name == "Local" {
		return nil, fmt.Errorf("%q are no quiet hours: write them as in %q, with the zone", text, quietForm)
	}
	q := &Hours{}
	var err error
	if q.zone, err = time.LoadLocation(name); err != nil {
		return nil, fmt.Errorf("quiet hours %q: there is no time zone %s: take one such as Europe/Berlin, or UTC", text, name)
	}
	for clock, into := range map[string]*time.Duration{from: &q.from, to: &q.to} {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			return nil, fmt.Errorf("quiet hours %q: %q is no time of day such as 22:00", text, clock)
		}
		*into = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	}
	if q.from == q.to || from == to {
		return nil, fmt.Errorf("quiet hours %q begin when they end: to send nothing at all, set DYNAMICS_ENABLED to false", text)
	}
	return q, nil
}

// String is the text that Parse reads.
func (q Hours) String() string {
	return clockText(q.from) + "-" + clockText(q.to) + " " + q.zone.String()
}

func clockText(d time.Duration) string { return time.Time{}.Add(d).Format("15:04") }

// on gives the quiet hours that begin on the day of t, or so many days later, by the clocks of
// their zone.
func (q Hours) on(t time.Time, days int) (from, to time.Time) {
	local := t.In(q.zone)
	at := func(days int, d time.Duration) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()+days, 0, int(d/time.Minute), 0, 0, q.zone)
	}
	last := days
	if q.to < q.from {
		last++
	}
	return at(days, q.from), at(last, q.to)
}

// At gives the quiet hours that t is in or, if it is in none, the next ones.
func (q Hours) At(t time.Time) (from, to time.Time) {
	for days := -1; ; days++ {
		from, to = q.on(t, days)
		if t.Before(to) && from.Before(to) { // there are none where clocks are put forward beyond them
			return from, to
		}
	}
}
