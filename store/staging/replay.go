package staging

import (
	"context"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

const (
	settleKept = `UPDATE rejected SET state = ? WHERE run = ? AND outcome = 'failed' AND state = 'kept' AND position = ?`

	// By a plan that is made for an empty table PostgreSQL would look for the contact's index
	// first.
	settlePosition = settleKept + ` AND (position, contact) >= (?, '')`

	settleContact = settleKept + ` AND contact = ?` // exits by absence all stand at position 0
)

// SettleReplay says of the failed rows of a run what became of them in a replay: superseded, or
// sent, also when they have failed there again, for then the replay's own rejected rows tell of
// them. Rows that the replay has not come to stay kept. Call it before the replay is purged.
// Idempotent.
func (s *Staging) SettleReplay(ctx context.Context, run, replay string) error {
	return s.EachPage(ctx, replay, func(t *sqldb.Tx, p *Page) error {
		for i := range p.Rows {
			if err := settleReplayed(ctx, t, run, &p.Rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// settleReplayed says of a failed row what became of it in a replay.
func settleReplayed(ctx context.Context, t *sqldb.Tx, run string, r *PageRow) (err error) {
	state := RejectedSent
	switch r.Outcome {
	case runs.OutcomeSuperseded:
		state = RejectedSuperseded
	case runs.OutcomeActivated, runs.OutcomeUnchanged, runs.OutcomeFailed:
	default:
		return nil
	}
	if r.Position == 0 {
		_, err = t.Exec(ctx, settleContact, state, run, r.Position, r.Contact)
	} else {
		_, err = t.Exec(ctx, settlePosition, state, run, r.Position, r.Position)
	}
	return err
}

// EachPage runs fn over the pages of a run, each in a transaction of its own.
func (s *Staging) EachPage(ctx context.Context, run string, fn func(t *sqldb.Tx, p *Page) error) error {
	for after, more := 0, true; more; {
		err := s.db.Update(ctx, func(t *sqldb.Tx) error {
			if _, _, err := Lock(ctx, t, run); err != nil { // whoever else changes its pages waits
				return err
			}
			p, err := NextPage(ctx, t, run, after)
			if more = err == nil && p != nil; !more {
				return err
			}
			after = p.Number
			return fn(t, p)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
