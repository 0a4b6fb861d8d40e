package sqldb

import (
	"database/sql"
	"math"
	"time"
)

// Oldest stands for the zero time, which is older than every other.
const Oldest = math.MinInt64

// Micros is a time as the store keeps it, in microseconds since 1970; the zero time is Oldest.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return Oldest
	}
	return t.UnixMicro()
}

// FromMicros undoes Micros.
func FromMicros(us int64) time.Time {
	if us == Oldest {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// NullMicros writes a zero time as NULL: something that has not happened, which is not the same as
// long ago.
func NullMicros(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: !t.IsZero()}
}

// FromNullMicros gives the zero time for NULL.
func FromNullMicros(us sql.NullInt64) time.Time {
	if !us.Valid {
		return time.Time{}
	}
	return FromMicros(us.Int64)
}

// Bit is a boolean as the store keeps it.
func Bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
