package report

import (
	"time"

	"audienceflow/runs"
)

// TimeLayout is how times are shown.
const TimeLayout = "2006-01-02 15:04:05 MST"

// Count is a number with separators between its thousands: 12,345.
func Count(n int64) string { return runs.Count(n) }

// Counted is a number with what it counts: "1 row", "2 rows".
func Counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Count(n) + " " + what + "s"
}

// Seconds is a duration that is given in seconds.
func Seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond).String()
}

// counts formats numbers into a text; whatever else is among args stays as it is.
func counts(format string, args ...any) string { return runs.Sprintf(format, args...) }

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
