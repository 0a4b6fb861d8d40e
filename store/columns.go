package store

import (
	"context"
	"time"
)

// ClaimColumn makes a status column the audience's own, until FreeColumn; *ColumnTaken names another owner. Idempotent.
func (s *Store) ClaimColumn(ctx context.Context, destination, column, audience, namespace string) error {
	now, err := s.now(ctx)
	if err != nil {
		return err
	}
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO status_columns (destination, column_name, audience, namespace, claimed_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO NOTHING`, destination, column, audience, namespace, micros(now))
		if err != nil {
			return err
		}
		owner := ColumnTaken{Destination: destination, Column: column}
		_, err = t.one(ctx, `SELECT audience, namespace FROM status_columns WHERE destination = ? AND column_name = ?`,
			[]any{destination, column}, &owner.Audience, &owner.Namespace)
		if err == nil && (owner.Audience != audience || owner.Namespace != namespace) {
			return &owner
		}
		return err
	})
}

// ColumnOwner gives the audience and namespace that own a status column; both are empty when it is free.
func (s *Store) ColumnOwner(ctx context.Context, destination, column string) (audience, namespace string, err error) {
	_, err = s.readOne(ctx, `SELECT audience, namespace FROM status_columns WHERE destination = ? AND column_name = ?`,
		[]any{destination, column}, &audience, &namespace)
	return audience, namespace, err
}

// FreeColumn gives a status column up. Idempotent.
func (s *Store) FreeColumn(ctx context.Context, destination, column string) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `DELETE FROM status_columns WHERE destination = ? AND column_name = ?`, destination, column)
		return err
	})
}

// PinSource holds a run to one version of its source: the first identity wins, *SourceChanged when another one comes. Idempotent.
func (s *Store) PinSource(ctx context.Context, run, identity string, asOf time.Time) error {
	return s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `UPDATE runs SET source_identity = ?, as_of = ? WHERE run = ? AND source_identity IS NULL`,
			identity, micros(asOf), run)
		if err != nil {
			return err
		}
		var pinned string
		found, err := t.one(ctx, `SELECT source_identity FROM runs WHERE run = ?`, []any{run}, &pinned)
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
