package upkeep

import (
	"context"

	"audienceflow/store/columns"
	"audienceflow/store/destinations"
	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
)

// Upkeep looks after a store as a whole.
type Upkeep struct {
	db           *sqldb.DB
	destinations *destinations.Registry
	columns      *columns.Columns
	ledger       *ledger.Ledger
}

// New gives the upkeep of a store.
func New(db *sqldb.DB, registry *destinations.Registry, owned *columns.Columns, entries *ledger.Ledger) *Upkeep {
	return &Upkeep{db: db, destinations: registry, columns: owned, ledger: entries}
}

// Backup writes a copy of a SQLite store, while others use it, to a path where there is nothing
// yet; sqldb.ErrOwnTools on PostgreSQL.
func (u *Upkeep) Backup(ctx context.Context, to string) error { return u.db.Backup(ctx, to) }

// Checkpoint empties SQLite's write-ahead log, so that nothing of what was deleted is left there;
// see sqldb.DB.
func (u *Upkeep) Checkpoint(ctx context.Context) error {
	_, err := u.db.Checkpoint(ctx)
	return err
}

// Scrub rewrites a SQLite file from which versions without secure_delete have deleted rows, once;
// see sqldb.DB.
func (u *Upkeep) Scrub(ctx context.Context) (done bool, err error) { return u.db.Scrub(ctx) }
