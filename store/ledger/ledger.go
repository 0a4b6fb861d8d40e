package ledger

import (
	"time"

	"audienceflow/store/sqldb"
)

// Ledger reads and changes the ledgers of all destinations.
type Ledger struct{ db *sqldb.DB }

// New gives the ledgers of a store's database.
func New(db *sqldb.DB) *Ledger { return &Ledger{db: db} }

// Exported is what Dynamics holds of a contact by our knowledge.
type Exported struct {
	Contact     string
	Word        *string // in the status column; nil is null
	Exited      bool
	QualifiedAt time.Time
	AsOf        time.Time
	Values      []Value // mapped attributes, by column name
}

// Value is what a column holds; nil is null.
type Value struct {
	Column string
	Value  *string
}

// ExportedCount is how many contacts hold a word in a status column, by our knowledge.
type ExportedCount struct {
	Word     *string
	Exited   bool // by audience status: with onExit keep or clear the word alone does not tell
	Contacts int64
}
