package runlog

import (
	"audienceflow/store/sqldb"
	"context"
)

// SetRunSettings keeps what a run was started with, as JSON that the store does not look into. The
// first settings stay.
func (l *Log) SetRunSettings(ctx context.Context, run string, settings []byte) error {
	return l.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO run_settings (run, settings) VALUES (?, ?) ON CONFLICT (run) DO NOTHING`, run, string(settings))
		return err
	})
}

// RunSettings gives what SetRunSettings kept, or ErrNoRun.
func (l *Log) RunSettings(ctx context.Context, run string) ([]byte, error) {
	var text string
	found, err := l.db.QueryOne(ctx, `SELECT settings FROM run_settings WHERE run = ?`, []any{run}, &text)
	if err == nil && !found {
		err = ErrNoRun
	}
	return []byte(text), err
}
