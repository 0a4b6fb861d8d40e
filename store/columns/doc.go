// Package columns holds which audience owns each status column of a destination, so that two
// audiences never write into one.
//
// On disk a claim is a row:
//
//	status_columns  destination  column_name  audience  namespace  claimed_at
//	                us           acme_vip     vip       ups        t
//
// Invariants:
//
//  1. A claim counts only while its audience has written to the column's ledger or is writing; one
//     that came to nothing keeps nobody out.
//  2. A column is claimed in the transaction that first takes or books a row for it.
//
// It knows of runs and batches no more than which column they write to.
package columns

import (
	"fmt"

	"audienceflow/store/ledger"
	"audienceflow/store/sqldb"
)

// Columns are the status columns of a store.
type Columns struct {
	db     *sqldb.DB
	ledger *ledger.Ledger
}

// New gives the columns of a store.
func New(db *sqldb.DB, entries *ledger.Ledger) *Columns { return &Columns{db: db, ledger: entries} }

// Taken says that a status column belongs to another audience of the destination.
type Taken struct {
	Destination, Column string
	Audience, Namespace string // of the owner
}

func (e *Taken) Error() string {
	return fmt.Sprintf("column %s of destination %s belongs to audience %s (namespace %s): choose another mappingId, or free it with `starter unmap`",
		e.Column, e.Destination, e.Audience, e.Namespace)
}
