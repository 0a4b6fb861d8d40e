package staging

import (
	"context"

	"audienceflow/store/sqldb"
)

// RestartStaging forgets what a run has staged so far and which version of its source it was pinned
// to: for a source that gives other rows each time it is read. A run whose staging is finished is
// left as it is. Idempotent.
func (s *Staging) RestartStaging(ctx context.Context, run string) error {
	return s.db.Update(ctx, func(t *sqldb.Tx) error {
		_, done, err := Lock(ctx, t, run)
		if err != nil || done {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM staged_blocks WHERE run = ?`,
			`DELETE FROM rejected WHERE run = ?`,
			`UPDATE runs SET staged_position = 0, staged_after = '', ignored = 0, without_consent = 0, source_identity = NULL, as_of = NULL WHERE run = ?`,
		} {
			if _, err := t.Exec(ctx, statement, run); err != nil {
				return err
			}
		}
		return nil
	})
}
