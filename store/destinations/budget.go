package destinations

import (
	"context"
	"database/sql"
	"time"

	"audienceflow/store/sqldb"
)

// budgetDay is the span that a daily budget is reckoned over; it slides.
const budgetDay = 24 * time.Hour

const (
	addSent = `INSERT INTO sent_rows (destination, minute, rows) VALUES (?, ?, ?)
		ON CONFLICT (destination, minute) DO UPDATE SET rows = sent_rows.rows + excluded.rows`
	sumSent    = `SELECT CAST(coalesce(sum(rows), 0) AS BIGINT) FROM sent_rows WHERE destination = ? AND minute > ?`
	sentByTime = `SELECT minute, rows FROM sent_rows WHERE destination = ? AND minute > ? ORDER BY minute`
	forgetSent = `DELETE FROM sent_rows WHERE destination = ? AND minute <= ?`
)

// Sent is how many rows may be sent now, and the minute that they are counted in.
type Sent struct {
	Granted int64
	Minute  time.Time
}

// CountSent counts rows that are about to be sent to a destination, as far as its daily budget
// goes; a limit of 0 sets no bound.
func (r *Registry) CountSent(ctx context.Context, destination string, rows, limit int64) (Sent, error) {
	now, err := r.db.Now(ctx)
	if err != nil {
		return Sent{}, err
	}
	out := Sent{Granted: rows, Minute: now.Truncate(time.Minute)}
	return out, r.db.Update(ctx, func(t *sqldb.Tx) error {
		out.Granted = rows
		if limit > 0 {
			if err := t.Lock(ctx, destination); err != nil {
				return err
			}
			var used int64
			if _, err := t.QueryOne(ctx, sumSent, []any{destination, budgetStart(now)}, &used); err != nil {
				return err
			}
			out.Granted = min(rows, max(0, limit-used))
		}
		if out.Granted == 0 {
			return nil
		}
		return AddSent(ctx, t, destination, now, out.Granted)
	})
}

// AddSent counts rows that were sent to a destination, in the transaction that books them.
func AddSent(ctx context.Context, t *sqldb.Tx, destination string, now time.Time, rows int64) error {
	if _, err := t.Exec(ctx, forgetSent, destination, budgetStart(now)); err != nil {
		return err
	}
	_, err := t.Exec(ctx, addSent, destination, sqldb.Micros(now.Truncate(time.Minute)), rows)
	return err
}

// UncountSent takes rows back that were counted in a minute and have not been sent after all.
func (r *Registry) UncountSent(ctx context.Context, destination string, minute time.Time, rows int64) error {
	return r.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE sent_rows SET rows = rows - ? WHERE destination = ? AND minute = ?`, rows, destination, sqldb.Micros(minute))
		return err
	})
}

// SentRows gives the rows sent to a destination within the last 24 hours.
func (r *Registry) SentRows(ctx context.Context, destination string) (int64, error) {
	now, err := r.db.Now(ctx)
	if err != nil {
		return 0, err
	}
	var used int64
	_, err = r.db.QueryOne(ctx, sumSent, []any{destination, budgetStart(now)}, &used)
	return used, err
}

// BudgetFree gives the time from which so many rows fit into a destination's budget, as far as is
// known now: the present if they do.
func (r *Registry) BudgetFree(ctx context.Context, destination string, rows, limit int64) (time.Time, error) {
	now, err := r.db.Now(ctx)
	if err != nil {
		return now, err
	}
	type sent struct{ minute, rows int64 }
	var all []sent
	used := int64(0)
	err = r.db.QueryEach(ctx, sentByTime, []any{destination, budgetStart(now)}, func(rows *sql.Rows) error {
		var one sent
		err := rows.Scan(&one.minute, &one.rows)
		all, used = append(all, one), used+one.rows
		return err
	})
	free := now
	for _, one := range all {
		if used+rows <= limit {
			break
		}
		used -= one.rows
		free = sqldb.FromMicros(one.minute).Add(budgetDay + time.Minute)
	}
	return free, err
}

// budgetStart is the last minute that does not count any more.
func budgetStart(now time.Time) int64 { return sqldb.Micros(now.Add(-budgetDay).Truncate(time.Minute)) }
