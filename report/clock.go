package report

import "time"

// clock shows times in a zone and, where it knows what time it is, how long ago they were.
type clock struct {
	zone *time.Location
	now  time.Time
}

func (c clock) at(t time.Time) string { return t.In(c.zone).Format(TimeLayout) }

func (c clock) ago(t time.Time) string {
	while := c.now.Sub(t)
	if c.now.IsZero() || while < 0 {
		return c.at(t)
	}
	return c.at(t) + "  (" + While(while) + " ago)"
}

// While is a duration as people say it, in its two largest units: "45s", "12m 5s", "3h 20m", "2d
// 4h".
func While(d time.Duration) string {
	const day = 24 * time.Hour
	d = d.Round(time.Second)
	switch {
	case d >= day:
		return counts("%sd %sh", int64(d/day), int64(d%day/time.Hour))
	case d >= time.Hour:
		return counts("%sh %sm", int64(d/time.Hour), int64(d%time.Hour/time.Minute))
	case d >= time.Minute:
		return counts("%sm %ss", int64(d/time.Minute), int64(d%time.Minute/time.Second))
	}
	return d.String()
}
