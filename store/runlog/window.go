package runlog

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
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

// RestWindow says that nothing of a window is under way: it reads as completed, with its report,
// until something comes in again.
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

const (
	beginMicroBatch = `INSERT INTO runs (run, workflow_id, destination, audience, namespace, mapping_id, column_name, kind, status, started_at)
	SELECT CAST(? AS TEXT), workflow_id, destination, audience, namespace, mapping_id, column_name, CAST(? AS TEXT), status, CAST(? AS BIGINT) FROM runs WHERE run = ?`

	copySettings = `INSERT INTO run_settings (run, settings) SELECT CAST(? AS TEXT), settings FROM run_settings WHERE run = ?`
)

// MicroBatchID makes the id of a new micro-batch of a window.
func MicroBatchID(window string) string { return window + "." + uuid.NewString() }

// KnownAs gives the run by which people can look up what a run has done: of a micro-batch, which
// is gone when it is settled, that of its window; of any other itself. A micro-batch begun by an
// older version has only its own id.
func KnownAs(run string) string {
	if at := strings.LastIndexByte(run, '.'); at > 0 {
		return run[:at]
	}
	return run
}

// BeginMicroBatch records the run of a micro-batch, with the settings of its window's.
func BeginMicroBatch(ctx context.Context, t *sqldb.Tx, run, window string, now time.Time) error {
	begun, err := t.Exec(ctx, beginMicroBatch, run, runs.KindMicroBatch, sqldb.Micros(now), window)
	if err != nil || begun == 0 {
		return orNoRun(err)
	}
	_, err = t.Exec(ctx, copySettings, run, window)
	return err
}
