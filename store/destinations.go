package store

import (
	"context"
	"database/sql"
	"time"

	"audienceflow/store/sqldb"
)

// DestinationPause says that an operator has stopped everything to one destination.
type DestinationPause struct {
	Destination string
	Paused      bool
	Reason      string
	By          string
	Since       time.Time
	Until       time.Time // from then on it is as if not paused; zero: until somebody says so
}

// SetDestinationPaused stops a destination, or lets it go on. It only keeps the word: every step that would call the destination asks
// for it. A pause that is in force keeps its first reason and times. Idempotent.
func (s *Store) SetDestinationPaused(ctx context.Context, d DestinationPause) error {
	now, err := s.db.Now(ctx)
	if err != nil {
		return err
	}
	if d.Since.IsZero() {
		d.Since = now
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.Exec(ctx, `INSERT INTO destinations (destination, paused, reason, by_whom, since, paused_until) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (destination) DO UPDATE SET paused = excluded.paused, reason = excluded.reason, by_whom = excluded.by_whom,
			since = excluded.since, paused_until = excluded.paused_until
			WHERE destinations.paused <> excluded.paused OR destinations.paused_until <= ?`,
			d.Destination, sqldb.Bit(d.Paused), d.Reason, d.By, sqldb.Micros(d.Since), sqldb.NullMicros(d.Until), sqldb.Micros(now))
		return err
	})
}

// DestinationPaused tells whether a destination is stopped, why, by whom and since when.
func (s *Store) DestinationPaused(ctx context.Context, destination string) (DestinationPause, error) {
	d := DestinationPause{Destination: destination}
	var paused int64
	var since, until sql.NullInt64
	_, err := s.db.QueryOne(ctx, `SELECT paused, reason, by_whom, since, paused_until FROM destinations WHERE destination = ?`, []any{destination},
		&paused, &d.Reason, &d.By, &since, &until)
	d.Paused, d.Since, d.Until = paused != 0, sqldb.FromNullMicros(since), sqldb.FromNullMicros(until)
	return d, err
}

// OpenWorkflows names the workflows whose runs to a destination have not ended.
func (s *Store) OpenWorkflows(ctx context.Context, destination string) ([]string, error) {
	var ids []string
	err := s.db.QueryEach(ctx, `SELECT DISTINCT workflow_id FROM runs WHERE destination = ? AND ended_at IS NULL AND workflow_id <> '' ORDER BY workflow_id`,
		[]any{destination}, sqldb.Column(&ids))
	return ids, err
}

// AddDestination notes that a worker serves a destination. Idempotent.
func (s *Store) AddDestination(ctx context.Context, destination string) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.Exec(ctx, `INSERT INTO destinations (destination) VALUES (?) ON CONFLICT DO NOTHING`, destination)
		return err
	})
}

// Destinations names those that workers have served.
func (s *Store) Destinations(ctx context.Context) ([]string, error) {
	var names []string
	err := s.db.QueryEach(ctx, `SELECT destination FROM destinations ORDER BY destination`, nil, sqldb.Column(&names))
	return names, err
}
