package inbox

import (
	"context"
	"database/sql"
	"time"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// CountUnmapped adds to what was counted before.
func (b *Inbox) CountUnmapped(ctx context.Context, list []runs.UnmappedBodies) error {
	return b.db.Update(ctx, func(t *sqldb.Tx) error {
		for _, u := range list {
			_, err := t.Exec(ctx, `INSERT INTO unmapped_bodies (destination, sender, bodies, profiles, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (destination, sender) DO UPDATE SET bodies = unmapped_bodies.bodies + excluded.bodies,
				profiles = unmapped_bodies.profiles + excluded.profiles, last_at = excluded.last_at`,
				u.Destination, u.Sender, u.Bodies, u.Profiles, sqldb.Micros(u.First), sqldb.Micros(u.Last))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Unmapped gives what was counted for a destination, by sender.
func (b *Inbox) Unmapped(ctx context.Context, destination string) ([]runs.UnmappedBodies, error) {
	var all []runs.UnmappedBodies
	const query = `SELECT sender, bodies, profiles, first_at, last_at FROM unmapped_bodies WHERE destination = ? ORDER BY sender`
	err := b.db.QueryEach(ctx, query, []any{destination}, func(rows *sql.Rows) error {
		u := runs.UnmappedBodies{Destination: destination}
		var first, last int64
		err := rows.Scan(&u.Sender, &u.Bodies, &u.Profiles, &first, &last)
		u.First, u.Last = sqldb.FromMicros(first), sqldb.FromMicros(last)
		all = append(all, u)
		return err
	})
	return all, err
}

// ExpireUnmapped forgets senders whose last such body arrived before the given time.
func (b *Inbox) ExpireUnmapped(ctx context.Context, before time.Time) error {
	return b.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `DELETE FROM unmapped_bodies WHERE last_at < ?`, sqldb.Micros(before))
		return err
	})
}
