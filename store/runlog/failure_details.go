package runlog

import (
	"context"
	"time"

	"audienceflow/store/sqldb"
)

// SetFailureDetail keeps what the latest failure of a run says in words of its source; "" for
// nothing. Run may also be the id of a check. Idempotent.
func (l *Log) SetFailureDetail(ctx context.Context, run, detail string) error {
	if detail == "" {
		return l.db.Update(ctx, func(t *sqldb.Tx) error {
			_, err := t.Exec(ctx, `DELETE FROM failure_details WHERE run = ?`, run)
			return err
		})
	}
	now, err := l.db.Now(ctx)
	if err != nil {
		return err
	}
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO failure_details (run, detail, at) VALUES (?, ?, ?)
			ON CONFLICT (run) DO UPDATE SET detail = excluded.detail, at = excluded.at`, run, detail, sqldb.Micros(now))
		return err
	})
}

// FailureDetail gives what SetFailureDetail has kept, "" for nothing.
func (l *Log) FailureDetail(ctx context.Context, run string) (string, error) {
	var detail string
	_, err := l.db.QueryOne(ctx, `SELECT detail FROM failure_details WHERE run = ?`, []any{run}, &detail)
	return detail, err
}

// ExpireFailureDetails deletes what was kept before the given time: a check leaves no run behind
// with which it would go.
func (l *Log) ExpireFailureDetails(ctx context.Context, before time.Time) error {
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `DELETE FROM failure_details WHERE at < ?`, sqldb.Micros(before))
		return err
	})
}
