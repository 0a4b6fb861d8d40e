package destinations

import (
	"context"
	"time"

	"audienceflow/store/sqldb"
)

// WriteTime is what writing to a destination has taken: so many rows, so much time of requests, and
// how many of these the server bore at a time.
type WriteTime struct {
	Rows     int64
	Busy     time.Duration
	InFlight int64
}

const (
	writeTimeOf = `SELECT rows, micros, in_flight FROM write_times WHERE destination = ?`

	// Of what was known only half counts once it is of 100,000 rows: Dynamics is not always as
	// fast.
	addWriteTime = `INSERT INTO write_times (destination, rows, micros, in_flight) VALUES (?, ?, ?, ?)
		ON CONFLICT (destination) DO UPDATE SET
			rows = excluded.rows + CASE WHEN write_times.rows > 100000 THEN write_times.rows / 2 ELSE write_times.rows END,
			micros = excluded.micros + CASE WHEN write_times.rows > 100000 THEN write_times.micros / 2 ELSE write_times.micros END,
			in_flight = excluded.in_flight`
)

// WriteTime is what writing to a destination has taken lately; zero where nothing was written.
func (r *Registry) WriteTime(ctx context.Context, destination string) (WriteTime, error) {
	var w WriteTime
	var micros int64
	_, err := r.db.QueryOne(ctx, writeTimeOf, []any{destination}, &w.Rows, &micros, &w.InFlight)
	w.Busy = time.Duration(micros) * time.Microsecond
	return w, err
}

// AddWriteTime adds what writing has taken since.
func (r *Registry) AddWriteTime(ctx context.Context, destination string, w WriteTime) error {
	return r.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, addWriteTime, destination, w.Rows, w.Busy.Microseconds(), w.InFlight)
		return err
	})
}
