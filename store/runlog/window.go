package runlog

import (
	"audienceflow/runs"
	"audienceflow/store/sqldb"
	"context"
	"encoding/json"
)

// BeginWindow records the run of a stream's window; one that is there is left as it is. Idempotent.
func (l *Log) BeginWindow(ctx context.Context, r Run) error {
	r.Kind = runs.KindStream
	if err := l.BeginRun(ctx, r); err != nil {
		return err
	}
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		text, err := json.Marshal(runs.Numbers{Reasons: map[string]int64{}})
		if err != nil {
			return err
		}
		_, err = t.Exec(ctx, `UPDATE runs SET counts = ?, purged = 1, staging_done = 1 WHERE run = ? AND counts IS NULL`, string(text), r.Run)
		return err
	})
}

// RestWindow says that nothing of a window is under way: it reads as completed, with its report, until something comes in again.
func (l *Log) RestWindow(ctx context.Context, window string, report []byte) error {
	now, err := l.db.Now(ctx)
	if err != nil {
		return err
	}
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET status = ?, report = ?, ended_at = ? WHERE run = ?`,
			runs.StatusCompleted, nullText(report), sqldb.Micros(now), window)
		return err
	})
}
