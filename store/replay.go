package store

import "context"

const settleReplay = `UPDATE rejected SET state = (SELECT CASE s.outcome WHEN 'superseded' THEN 'superseded' ELSE 'sent' END
		FROM staged s WHERE s.run = ? AND s.position = rejected.position LIMIT 1)
	WHERE run = ? AND outcome = 'failed' AND state = 'kept'
	AND EXISTS (SELECT 1 FROM staged s WHERE s.run = ? AND s.position = rejected.position AND s.outcome IN ('activated', 'unchanged', 'superseded', 'failed'))`

// SettleReplay says of the failed rows of a run what became of them in a replay: superseded, or sent, also when they have
// failed there again, for then the replay's own rejected rows tell of them. Rows that the replay has not come to stay
// kept. Call it before the replay is purged. Idempotent.
func (s *Store) SettleReplay(ctx context.Context, run, replay string) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, settleReplay, replay, run, replay)
		return err
	})
}
