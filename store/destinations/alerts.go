package destinations

import (
	"context"
	"strings"

	"audienceflow/store/sqldb"
)

// AlertState is what a target was told of an audience: the troubles that are not over for all that
// it knows, and the notice (the start or end of a run) that came last.
type AlertState struct {
	Troubles []string
	Notice   string
}

// AlertState gives what a target was told of an audience.
func (r *Registry) AlertState(ctx context.Context, destination, audience, target string) (AlertState, error) {
	var state AlertState
	var troubles string
	_, err := r.db.QueryOne(ctx, `SELECT troubles, notice FROM alert_states WHERE destination = ? AND audience = ? AND target = ?`,
		[]any{destination, audience, target}, &troubles, &state.Notice)
	state.Troubles = strings.Fields(troubles)
	return state, err
}

// SetAlertState keeps what a target was told of an audience, and when. Idempotent.
func (r *Registry) SetAlertState(ctx context.Context, destination, audience, target string, state AlertState) error {
	now, err := r.db.Now(ctx)
	if err != nil {
		return err
	}
	return r.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO alert_states (destination, audience, target, troubles, notice, since) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (destination, audience, target) DO UPDATE SET troubles = excluded.troubles, notice = excluded.notice, since = excluded.since`,
			destination, audience, target, strings.Join(state.Troubles, " "), state.Notice, sqldb.Micros(now))
		return err
	})
}
