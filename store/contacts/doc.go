// Package contacts looks one contact up: what the store knows of it, and what Dynamics holds of it
// now.
//
// On disk is only the question to Dynamics, which a worker answers, so that neither the contact nor
// what it holds travels through Temporal:
//
//	contact_lookups  lookup  destination  contact  asked_at  answer (JSON)
//	                 l1      us           0b10...  t         NULL
//
// Invariants: a question and its answer are forgotten once the answer is taken, or an hour later.
// It changes no ledger and no row.
package contacts

import (
	"context"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
	"audienceflow/store/staging"
)

// Contacts looks contacts up in a store.
type Contacts struct {
	db      *sqldb.DB
	ledger  *ledger.Ledger
	staging *staging.Staging
}

// New gives the contacts of a store.
func New(db *sqldb.DB, entries *ledger.Ledger, rows *staging.Staging) *Contacts {
	return &Contacts{db: db, ledger: entries, staging: rows}
}

const everyDestination = `SELECT destination FROM destinations UNION SELECT destination FROM runs
	UNION SELECT destination FROM ledger_leaves UNION SELECT destination FROM streams
	UNION SELECT destination FROM validations ORDER BY 1`

// Destinations lists those of which the store holds anything.
func Destinations(ctx context.Context, db *sqldb.DB) ([]string, error) {
	var list []string
	err := db.QueryEach(ctx, everyDestination, nil, sqldb.Column(&list))
	return list, err
}
