package inbox

import "audienceflow/store/sqldb"

// Inbox reads and writes what streams have received.
type Inbox struct{ db *sqldb.DB }

// New gives the inbox of a store's database.
func New(db *sqldb.DB) *Inbox { return &Inbox{db: db} }
