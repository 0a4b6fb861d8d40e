package store

import "context"

const settleReplay = `UPDATE rejected SET state = ? WHERE run = ? AND outcome = 'failed' AND state = 'kept' AND (
	position > 0 AND position IN (SELECT position FROM staged WHERE run = ? AND outcome IN (?, ?))
	OR position = 0 AND contact IN (SELECT contact FROM staged WHERE run = ? AND outcome IN (?, ?)))`

// SettleReplay says of the failed rows of a run what became of them in a replay: superseded, or sent, also when they have
// failed there again, for then the replay's own rejected rows tell of them. Rows that the replay has not come to stay
// kept. Call it before the replay is purged. Idempotent.
func (s *Store) SettleReplay(ctx context.Context, run, replay string) error {
	return s.update(ctx, func(t *tx) error {
		for _, settled := range []struct{ state, one, other string }{
			{RejectedSuperseded, OutcomeSuperseded, OutcomeSuperseded},
			{RejectedSent, OutcomeActivated, OutcomeUnchanged},
			{RejectedSent, OutcomeFailed, OutcomeFailed},
		} {
			if _, err := t.exec(ctx, settleReplay, settled.state, run, replay, settled.one, settled.other, replay, settled.one, settled.other); err != nil {
				return err
			}
		}
		return nil
	})
}
