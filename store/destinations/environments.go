package destinations

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"audienceflow/runs"
	"audienceflow/store/sqldb"
)

// Environment is the Dynamics 365 environment that the ledgers of a destination are about.
type Environment struct {
	Organization string // its organization id
	Address      string // the host name that it was bound at
	BoundAt      time.Time
}

// OtherOrganization says that another organization answers at a destination than its ledgers are
// about.
type OtherOrganization struct {
	Destination string
	Bound, Now  Environment
}

func (e *OtherOrganization) Error() string {
	return fmt.Sprintf("destination %s is bound to organization %s (%s), and organization %s (%s) answers now: "+
		"what the ledger says is true of the first alone, so nothing was read or written. "+
		"Point DYNAMICS_ENVIRONMENT back to it; or, where its contacts have moved with all their data, "+
		"`starter destination rebind %s --keep-ledger`; or, to begin anew in the other one, "+
		"`starter destination rebind %s --forget`",
		e.Destination, e.Bound.Organization, e.Bound.Address, e.Now.Organization, e.Now.Address, e.Destination, e.Destination)
}

const (
	environmentOf = `SELECT organization, address, bound_at, ` + reliedOn + ` FROM destinations WHERE destination = ?`

	// Without an entry of a ledger and without a run under way, nothing rests on a binding.
	reliedOn = `(EXISTS (SELECT 1 FROM ledger_leaves l WHERE l.destination = destinations.destination)
	OR EXISTS (SELECT 1 FROM runs r WHERE r.destination = destinations.destination
		AND r.ended_at IS NULL AND r.kind <> '` + runs.KindPlan + `'))`

	rebindEnvironment = `INSERT INTO destinations (destination, organization, address, bound_at) VALUES (?, ?, ?, ?)
	ON CONFLICT (destination) DO UPDATE
	SET organization = excluded.organization, address = excluded.address, bound_at = excluded.bound_at`

	bindEnvironment = rebindEnvironment + ` WHERE destinations.organization = '' OR NOT ` + reliedOn
)

// CheckEnvironment gives what a destination is bound to, the zero Environment where nothing rests
// on a binding; *OtherOrganization when that is another organization than the one that answers now.
func (r *Registry) CheckEnvironment(ctx context.Context, destination string, now Environment) (Environment, error) {
	var bound Environment
	var boundAt sql.NullInt64
	var relied bool
	found, err := r.db.QueryOne(ctx, environmentOf, []any{destination}, &bound.Organization, &bound.Address, &boundAt, &relied)
	if err != nil || !found || bound.Organization == "" {
		return Environment{}, err
	}
	bound.BoundAt = sqldb.FromNullMicros(boundAt)
	switch {
	case bound.Organization == now.Organization:
		return bound, nil
	case relied:
		return bound, &OtherOrganization{Destination: destination, Bound: bound, Now: now}
	}
	return Environment{}, nil
}

// BindEnvironment binds a destination to an environment at its first use and gives the binding in
// force; *OtherOrganization when that is another organization's. As long as nothing was exported
// the last use is the first. Idempotent. The same organization at another address is bound already:
// the caller may warn.
func (r *Registry) BindEnvironment(ctx context.Context, destination string, now Environment) (Environment, error) {
	bound, err := r.CheckEnvironment(ctx, destination, now)
	if err != nil || bound != (Environment{}) {
		return bound, err
	}
	if err := r.bind(ctx, bindEnvironment, destination, now); err != nil {
		return bound, err
	}
	return r.CheckEnvironment(ctx, destination, now)
}

// RebindEnvironment binds a destination to another environment and keeps its ledgers: its contacts
// are said to hold what they held in the one before. Idempotent.
func (r *Registry) RebindEnvironment(ctx context.Context, destination string, e Environment) error {
	return r.bind(ctx, rebindEnvironment, destination, e)
}

func (r *Registry) bind(ctx context.Context, statement, destination string, e Environment) error {
	now, err := r.db.Now(ctx)
	if err != nil {
		return err
	}
	return r.db.Update(ctx, func(t *sqldb.Tx) error {
		_, err := t.Exec(ctx, statement, destination, e.Organization, e.Address, sqldb.Micros(now))
		return err
	})
}
