package store

import "context"

// AlertState gives what people were last told of an audience; "" when they were told nothing yet.
func (s *Store) AlertState(ctx context.Context, destination, audience string) (string, error) {
	var state string
	_, err := s.readOne(ctx, `SELECT state FROM alert_states WHERE destination = ? AND audience = ?`, []any{destination, audience}, &state)
	return state, err
}

// SetAlertState keeps what people were told of an audience, and when. Idempotent.
func (s *Store) SetAlertState(ctx context.Context, destination, audience, state, text string) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO alert_states (destination, audience, state, text, since) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (destination, audience) DO UPDATE SET state = excluded.state, text = excluded.text, since = excluded.since`,
			destination, audience, state, text, micros(now))
		return err
	})
}
