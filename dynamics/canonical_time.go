package dynamics

import (
	"strings"
	"time"
)

const (
	dateForm     = "2006-01-02"
	dateTimeForm = "2006-01-02T15:04:05Z"
)

// firstDate is the earliest day that Dataverse stores.
// https://learn.microsoft.com/power-apps/developer/data-platform/behavior-format-date-time-attribute
var firstDate = time.Date(1753, 1, 1, 0, 0, 0, 0, time.UTC)

// canonicalDate takes a date, or the date of a date-time as it is written, whatever its offset.
func (c Column) canonicalDate(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > len(dateForm) {
		if _, ok := parseDateTime(text); !ok {
			return "", c.refuse("not a date such as 2025-06-30")
		}
		text = text[:len(dateForm)]
	}
	day, err := time.Parse(dateForm, text)
	if err != nil {
		return "", c.refuse("not a date such as 2025-06-30")
	}
	if day.Before(firstDate) {
		return "", c.refuse("before 1753, which Dynamics does not store")
	}
	return text, nil // the form has no other spelling
}

// canonicalDateTime takes RFC 3339 with any offset, or without one as UTC; Dataverse keeps whole
// seconds.
func (c Column) canonicalDateTime(text string) (string, error) {
	at, ok := parseDateTime(strings.TrimSpace(text))
	if !ok {
		return "", c.refuse("not a date and time such as 2025-06-30T09:15:00Z")
	}
	at = at.UTC().Truncate(time.Second)
	if at.Before(firstDate) || at.Year() > 9999 {
		return "", c.refuse("outside the years 1753 to 9999, which Dynamics stores")
	}
	return at.Format(dateTimeForm), nil
}

// parseDateTime reads RFC 3339 and its usual variants; fractions of a second are read in all of
// them.
func parseDateTime(text string) (time.Time, bool) {
	for _, form := range []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", dateForm,
	} {
		if at, err := time.Parse(form, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
