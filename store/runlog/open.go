package runlog

import (
	"context"
	"database/sql"

	"audienceflow/runs"
)

// OpenRuns counts runs under way of one kind and status.
type OpenRuns struct {
	Kind, Status string
	Count        int64
}

// CountOpen counts the runs to a destination that have not ended, by kind and status. Hours of
// streams that nothing is under way in are not among them.
func (l *Log) CountOpen(ctx context.Context, destination string) ([]OpenRuns, error) {
	var list []OpenRuns
	err := l.db.QueryEach(ctx, `SELECT kind, status, count(*) FROM runs
		WHERE destination = ? AND ended_at IS NULL AND kind <> ? GROUP BY kind, status ORDER BY kind, status`,
		[]any{destination, runs.KindMicroBatch}, func(rows *sql.Rows) error {
			var o OpenRuns
			err := rows.Scan(&o.Kind, &o.Status, &o.Count)
			list = append(list, o)
			return err
		})
	return list, err
}
