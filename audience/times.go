package audience

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// milliFrom is where numbers stop being seconds and start being
	// milliseconds: 1e11 s is the year 5138, 1e11 ms is 1973.
	milliFrom = 1e11
	// maxEpochSeconds is the end of the year 9999, the last that every part
	// of the system can write.
	maxEpochSeconds = 253402300799
	// minEpochSeconds is the start of the year 1.
	minEpochSeconds = -62135596800
	// maxTimeLength is longer than any time: a bound for hostile text.
	maxTimeLength = 64
)

// ParseTime reads a lastQualificationTime: RFC 3339 with any offset, a date
// and time with a blank or without an offset (UTC), or epoch seconds and, from
// 1e11 on, milliseconds. It gives UTC to the microsecond, which is what the
// store keeps. ok is false for anything else.
func ParseTime(text string) (t time.Time, ok bool) { return ParseTimeIn(text, "", time.UTC) }

// ParseTimeIn is ParseTime where times may also be in a format, a layout of
// package time, and those without an offset are in a zone.
func ParseTimeIn(text, format string, zone *time.Location) (t time.Time, ok bool) {
	text = TrimBlank(text)
	if text == "" || len(text) > maxTimeLength {
		return time.Time{}, false
	}
	if format != "" {
		if t, err := time.ParseInLocation(format, text, zone); err == nil {
			return epoch(t.Unix(), int64(t.Nanosecond()/int(time.Microsecond)*int(time.Microsecond)))
		}
	}
	if len(text) > 10 && text[4] == '-' && text[7] == '-' {
		return parseDateTime(text, zone)
	}
	return parseEpoch(text)
}

func parseEpoch(text string) (time.Time, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if n > -milliFrom && n < milliFrom {
			return epoch(n, 0)
		}
		return epoch(floorDiv(n, 1000), floorMod(n, 1000)*int64(time.Millisecond))
	}
	if strings.ContainsAny(text, "xXpP_nN") { // hex, and NaN or Inf
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > maxEpochSeconds*1000 {
		return time.Time{}, false
	}
	if math.Abs(f) >= milliFrom {
		f /= 1000
	}
	whole := math.Floor(f)
	micros := math.Round((f - whole) * 1e6)
	return epoch(int64(whole), int64(micros)*int64(time.Microsecond))
}

func epoch(seconds, nanos int64) (time.Time, bool) {
	if seconds < minEpochSeconds || seconds > maxEpochSeconds {
		return time.Time{}, false
	}
	return time.Unix(seconds, nanos).UTC(), true
}

func floorDiv(a, b int64) int64 { return (a - floorMod(a, b)) / b }

func floorMod(a, b int64) int64 { return (a%b + b) % b }

// parseDateTime reads 2006-01-02, then T or a blank, 15:04:05, a fraction and
// an offset; the last two may be missing.
func parseDateTime(s string, zone *time.Location) (time.Time, bool) {
	if len(s) < 19 || s[13] != ':' || s[16] != ':' || s[10] != 'T' && s[10] != 't' && s[10] != ' ' {
		return time.Time{}, false
	}
	year, ok1 := digits(s[0:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:10])
	hour, ok4 := digits(s[11:13])
	minute, ok5 := digits(s[14:16])
	second, ok6 := digits(s[17:19])
	if !(ok1 && ok2 && ok3 && ok4 && ok5 && ok6) || year < 1 || month < 1 || month > 12 || day < 1 ||
		day > daysIn(year, month) || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	nanos, rest, ok := fraction(s[19:])
	if !ok {
		return time.Time{}, false
	}
	offset := time.Duration(0)
	if rest != "" {
		if offset, ok = parseOffset(rest); !ok {
			return time.Time{}, false
		}
		zone = time.UTC
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, zone).Add(-offset)
	return epoch(t.Unix(), int64(t.Nanosecond()/int(time.Microsecond)*int(time.Microsecond)))
}

func fraction(s string) (nanos int, rest string, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, s, true
	}
	i, scale := 1, int(time.Second)
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		scale /= 10
		nanos += int(s[i]-'0') * scale
		i++
	}
	return nanos, s[i:], i > 1
}

// parseOffset reads Z, +05:30, +0530 or +05.
func parseOffset(s string) (offset time.Duration, ok bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	minutesAt := len(s) - 2
	switch {
	case len(s) == len("+05"):
		s, minutesAt = s+"00", 3
	case len(s) == len("+0530"), len(s) == len("+05:30") && s[3] == ':':
	default:
		return 0, false
	}
	hours, ok := digits(s[1:3])
	minutes, ok2 := digits(s[minutesAt:])
	if !ok || !ok2 || hours > 23 || minutes > 59 {
		return 0, false
	}
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

func digits(s string) (n int, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
