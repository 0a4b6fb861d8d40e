package runlog

import (
	"audienceflow/store/sqldb"
	"context"
	"time"
)

// PinSource holds a run to one version of its source: the first identity wins, *SourceChanged when
// another one comes. Idempotent.
func (l *Log) PinSource(ctx context.Context, run, identity string, asOf time.Time) error {
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `UPDATE runs SET source_identity = ?, as_of = ? WHERE run = ? AND source_identity IS NULL`,
			identity, sqldb.Micros(asOf), run)
		if err != nil {
			return err
		}
		var pinned string
		found, err := t.QueryOne(ctx, `SELECT source_identity FROM runs WHERE run = ?`, []any{run}, &pinned)
		switch {
		case err != nil:
			return err
		case !found:
			return ErrNoRun
		case pinned != identity:
			return &SourceChanged{Pinned: pinned, Found: identity}
		}
		return nil
	})
}
