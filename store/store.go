package store

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"audienceflow/store/columns"
	"audienceflow/store/contacts"
	"audienceflow/store/destinations"
	"audienceflow/store/inbox"
	"audienceflow/store/ledger"
	"audienceflow/store/numbers"
	"audienceflow/store/runlog"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
	"audienceflow/store/upkeep"
	"audienceflow/store/validations"
)

//go:embed migrations
var embedded embed.FS

// Store is an open activation store. Safe for concurrent use, by several processes too.
type Store struct {
	*columns.Columns
	*contacts.Contacts
	*destinations.Registry
	*inbox.Inbox
	*numbers.Counter
	*staging.Staging
	*ledger.Ledger
	*runlog.Log
	*upkeep.Upkeep
	*validations.Validations
	db    *sqldb.DB
	cache staging.PageCache // pages of batches that this process is sending
}

// Option changes how Open opens.
type Option func(*options)

type options struct {
	database   sqldb.Options
	pageRows   int
	migrations fs.FS
}

// WithClock sets the clock that leases and times of day are taken from.
func WithClock(now func() time.Time) Option {
	return func(o *options) { o.database.Clock = now }
}

// ReadOnly leaves the store as it is: nothing is made, and nothing is migrated. Only Check reads one
// of any schema.
func ReadOnly() Option {
	return func(o *options) { o.database.ReadOnly = true }
}

// Open opens the store at "sqlite:PATH" (its folders are made) or "postgres://...", and migrates
// it. Safe to call from several processes at once. Its errors say what is wrong with the place and
// what to do, and never show a password.
func Open(ctx context.Context, url string, with ...Option) (*Store, error) {
	files, err := migrations()
	if err != nil {
		return nil, err
	}
	o := options{pageRows: staging.PageRows, migrations: files}
	for _, option := range with {
		option(&o)
	}
	db, err := sqldb.Open(ctx, url, o.migrations, o.database)
	if err != nil {
		return nil, err
	}
	log, entries := runlog.New(db), ledger.New(db)
	rows := staging.New(db, log, o.pageRows)
	owned, registry := columns.New(db, entries), destinations.New(db)
	return &Store{
		Columns: owned, Contacts: contacts.New(db, entries, rows),
		Counter: numbers.New(db, rows, entries), Registry: registry, Inbox: inbox.New(db), Ledger: entries, Log: log,
		Staging: rows, Upkeep: upkeep.New(db, registry, owned, entries), Validations: validations.New(db), db: db,
	}, nil
}

// migrations are the released steps of the schema.
func migrations() (fs.FS, error) { return fs.Sub(embedded, "migrations") }

// ID is the store's random id, made with the store: two programs with the same id look at the same
// store.
func (s *Store) ID() string { return s.db.ID() }

// Close closes all connections.
func (s *Store) Close() error { return s.db.Close() }
