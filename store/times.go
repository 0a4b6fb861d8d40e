package store

import (
	"database/sql"
	"math"
	"time"
)

// oldest stands for the zero time, which is older than every other.
const oldest = math.MinInt64

func micros(t time.Time) int64 {
	if t.IsZero() {
		return oldest
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == oldest {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// nullMicros writes a zero time as NULL: something that has not happened, which is not the same as long ago.
func nullMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

func fromNullMicros(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return fromMicros(us.Int64)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
