package columns

import (
	"context"
	"database/sql"

	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
)

// owningClaim is true of a claim that counts: its audience has written to the ledger of the column,
// or is writing. A claim that came to nothing leaves the column free.
const owningClaim = `(EXISTS (SELECT 1 FROM ledger_leaves l
		WHERE l.destination = status_columns.destination AND l.ledger = status_columns.column_name)
	OR EXISTS (SELECT 1 FROM batches b JOIN runs r ON r.run = b.run
		WHERE b.state = 'sending' AND r.destination = status_columns.destination
		AND r.column_name = status_columns.column_name
		AND r.audience = status_columns.audience AND r.namespace = status_columns.namespace))`

const (
	columnOwner = `SELECT audience, namespace FROM status_columns
	WHERE destination = ? AND column_name = ? AND ` + owningClaim

	ownedColumns = `SELECT column_name, audience FROM status_columns WHERE destination = ? AND ` + owningClaim + ` ORDER BY column_name`

	putClaim = `INSERT INTO status_columns (destination, column_name, audience, namespace, claimed_at)
	VALUES (?, ?, ?, ?, ?)
	ON CONFLICT (destination, column_name) DO UPDATE
	SET audience = excluded.audience, namespace = excluded.namespace, claimed_at = excluded.claimed_at
	WHERE (status_columns.audience <> excluded.audience OR status_columns.namespace <> excluded.namespace)
	AND NOT ` + owningClaim

	dropVoidClaim = `DELETE FROM status_columns
	WHERE destination = ? AND column_name = ? AND audience = ? AND namespace = ? AND NOT ` + owningClaim
)

// claimColumn makes a status column the audience's own, until FreeColumn; *Taken names
// another owner. The first row that a run sends, or enters into the column's ledger, claims it in
// the same transaction. Idempotent.
func claimColumn(ctx context.Context, t *sqldb.Tx, destination, column, audience, namespace string, at int64) error {
	if _, err := t.Exec(ctx, putClaim, destination, column, audience, namespace, at); err != nil {
		return err
	}
	owner := Taken{Destination: destination, Column: column}
	_, err := t.QueryOne(ctx, `SELECT audience, namespace FROM status_columns WHERE destination = ? AND column_name = ?`,
		[]any{destination, column}, &owner.Audience, &owner.Namespace)
	if err == nil && (owner.Audience != audience || owner.Namespace != namespace) {
		return &owner
	}
	return err
}

// Claim claims a status column for the audience of a run, in a transaction of whoever writes to it
// first; *Taken names another owner. Idempotent.
func Claim(ctx context.Context, t *sqldb.Tx, run, destination, column string, at int64) error {
	var audience, namespace string
	found, err := t.QueryOne(ctx, `SELECT audience, namespace FROM runs WHERE run = ?`, []any{run}, &audience, &namespace)
	if err == nil && !found {
		err = runlog.ErrNoRun
	}
	if err != nil {
		return err
	}
	return claimColumn(ctx, t, destination, column, audience, namespace, at)
}

// ColumnOwner gives the audience and namespace that own a status column; both are empty when it is
// free, which it is as long as nothing was exported to it.
func (c *Columns) ColumnOwner(ctx context.Context, destination, column string) (audience, namespace string, err error) {
	_, err = c.db.QueryOne(ctx, columnOwner, []any{destination, column}, &audience, &namespace)
	return audience, namespace, err
}

// CheckOwner is a *Taken error where another audience owns a status column.
func (c *Columns) CheckOwner(ctx context.Context, destination, column, audience, namespace string) error {
	owner, in, err := c.ColumnOwner(ctx, destination, column)
	if err != nil || owner == "" || owner == audience && in == namespace {
		return err
	}
	return &Taken{Destination: destination, Column: column, Audience: owner, Namespace: in}
}

// Owned is a status column and the audience that owns it.
type Owned struct{ Column, Audience string }

// OwnedColumns lists the status columns of a destination to which something was exported.
func (c *Columns) OwnedColumns(ctx context.Context, destination string) ([]Owned, error) {
	var list []Owned
	err := c.db.QueryEach(ctx, ownedColumns, []any{destination}, func(rows *sql.Rows) error {
		var column Owned
		err := rows.Scan(&column.Column, &column.Audience)
		list = append(list, column)
		return err
	})
	return list, err
}

// FreeColumn gives a status column up. Idempotent.
func (c *Columns) FreeColumn(ctx context.Context, destination, column string) error {
	return c.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, `DELETE FROM status_columns WHERE destination = ? AND column_name = ?`, destination, column)
		return err
	})
}

// DropVoid drops the claim of an audience that came to nothing. Idempotent.
func DropVoid(ctx context.Context, t *sqldb.Tx, destination, column, audience, namespace string) error {
	_, err := t.Exec(ctx, dropVoidClaim, destination, column, audience, namespace)
	return err
}
