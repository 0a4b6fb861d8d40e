package destinations

import (
	"context"
	"database/sql"
	"time"

	"audienceflow/store/sqldb"
)

// Pause says that an operator has stopped everything to one destination.
type Pause struct {
	Destination string
	Paused      bool
	Reason      string
	By          string
	Since       time.Time
	Until       time.Time // from then on it is as if not paused; zero: until somebody says so
	Anew        bool      // it takes the place of a pause that is in force; only asked, never told
}

// SetDestinationPaused stops a destination, or lets it go on. It only keeps the word: every step
// that would call the destination asks for it. A pause that is in force keeps its first reason and
// times, unless it is set anew. Since is when the word was given: one that is older than the last
// is late, by an attempt that was given up, and changes nothing; zero is now. Idempotent.
func (r *Registry) SetDestinationPaused(ctx context.Context, p Pause) error {
	now, err := r.db.Now(ctx)
	if err != nil {
		return err
	}
	dated := !p.Since.IsZero()
	if p.Paused && !dated {
		p.Since = now
	}
	return r.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO destinations (destination, paused, reason, by_whom, since, paused_until) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (destination) DO UPDATE SET paused = excluded.paused, reason = excluded.reason, by_whom = excluded.by_whom,
			since = excluded.since, paused_until = excluded.paused_until
			WHERE (destinations.paused <> excluded.paused OR destinations.paused_until <= ? OR ? = 1)
				AND (? = 0 OR destinations.since IS NULL OR destinations.since <= excluded.since)`,
			p.Destination, sqldb.Bit(p.Paused), p.Reason, p.By, sqldb.NullMicros(p.Since), sqldb.NullMicros(p.Until), sqldb.Micros(now), sqldb.Bit(p.Anew), sqldb.Bit(dated))
		return err
	})
}

// DestinationPaused tells whether a destination is stopped, why, by whom and since when.
func (r *Registry) DestinationPaused(ctx context.Context, destination string) (Pause, error) {
	p := Pause{Destination: destination}
	var paused int64
	var since, until sql.NullInt64
	_, err := r.db.QueryOne(ctx, `SELECT paused, reason, by_whom, since, paused_until FROM destinations WHERE destination = ?`, []any{destination},
		&paused, &p.Reason, &p.By, &since, &until)
	p.Paused, p.Since, p.Until = paused != 0, sqldb.FromNullMicros(since), sqldb.FromNullMicros(until)
	return p, err
}

// AddDestination notes that a worker serves a destination. Idempotent.
func (r *Registry) AddDestination(ctx context.Context, destination string) error {
	return r.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO destinations (destination) VALUES (?) ON CONFLICT DO NOTHING`, destination)
		return err
	})
}

// Destinations names those that workers have served.
func (r *Registry) Destinations(ctx context.Context) ([]string, error) {
	var names []string
	err := r.db.QueryEach(ctx, `SELECT destination FROM destinations ORDER BY destination`, nil, sqldb.Column(&names))
	return names, err
}
